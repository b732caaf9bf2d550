(** For theorems with a tolerance, and for counterexamples: bounds by CoqInterval. *)

From Interval Require Export Tactic.
Require Export Certify.
Open Scope R_scope.

(** * Forms whose exponentials stay below 1: for u <= 0, then for u >= 0 *)

Lemma tanh_left (u : R) : tanh u = 1 - 2 / (exp (2 * u) + 1).
Proof. rewrite tanh_by_exp, exp_2. reflexivity. Qed.

Lemma tanh_right (u : R) : tanh u = 2 / (1 + exp (- (2 * u))) - 1.
Proof. rewrite tanh_left, exp_Ropp. name_exponentials. close. Qed.

Lemma sigmoid_left (u : R) : sigmoid u = exp u / (exp u + 1).
Proof. unfold sigmoid. rewrite exp_Ropp. name_exponentials. close. Qed.

Lemma softplus_right (u : R) : softplus u = u + ln (1 + exp (- u)).
Proof.
  unfold softplus. assert (0 < exp u) by apply exp_pos. assert (0 < exp (- u)) by apply exp_pos.
  rewrite <- (ln_exp u) at 2. rewrite <- ln_mult by lra.
  f_equal. rewrite exp_Ropp. field. lra.
Qed.

Ltac left_forms := rewrite ?tanh_left, ?sigmoid_left; unfold softplus, sinh, cosh, arcsinh.
Ltac right_forms := rewrite ?tanh_right, ?softplus_right; unfold sigmoid, sinh, cosh, arcsinh.

(** * Bounds on a window: machine floats first, then big integers *)

Ltac bounded x :=
  first
  [ interval with (i_bisect x, i_taylor x, i_degree 5)
  | interval with (i_bisect x, i_taylor x, i_degree 10)
  | interval with (i_bisect x, i_taylor x, i_degree 10, i_prec 70) ].

(** The two halves of lo <= x <= hi, each in the forms that suit it. *)
Ltac by_halves x lo hi :=
  destruct (Rle_lt_dec x 0);
  [ first [ exfalso; lra | assert (lo <= x <= 0) by lra; left_forms; bounded x ]
  | first [ exfalso; lra | assert (0 <= x <= hi) by lra; right_forms; bounded x ] ].

Ltac derive := auto_derive; [solve [side_conditions] | reflexivity].

Lemma within_on_piece (D : R -> Prop) (f g s t : R -> R) (x a : R) :
  open D -> D x -> (forall y, D y -> f y = g y) -> s x = t x ->
  (exists d, is_derive g x d /\ Rabs (d - t x) <= a) ->
  exists d, is_derive f x d /\ Rabs (d - s x) <= a.
Proof.
  intros around inside same_f same_s (d & derivative & near). exists d. rewrite same_s.
  split; [| exact near]. apply (is_derive_ext_loc g); [| exact derivative].
  generalize (around x inside). apply filter_imp. intros y inside_too. symmetry. exact (same_f y inside_too).
Qed.

Lemma within_relative (f s : R -> R) (x a r : R) :
  0 <= r -> (exists d, is_derive f x d /\ Rabs (d - s x) <= a) ->
  exists d, is_derive f x d /\ Rabs (d - s x) <= a + r * Rabs d.
Proof.
  intros relative (d & derivative & near). exists d. split; [exact derivative |].
  generalize (Rmult_le_pos r (Rabs d) relative (Rabs_pos d)). lra.
Qed.

(** The goal for an x of [lo, hi] in the open set D, where f and s are the formulas g and t. *)
Ltac within f s D g t lo hi :=
  let x := fresh "x" in let inside := fresh "inside" in
  intros x inside;
  repeat lazymatch goal with |- _ /\ _ => split end;
  lazymatch goal with
  | |- exists d, _ => try (apply within_relative; [lra |])
  | |- _ => idtac
  end;
  lazymatch goal with
  | |- exists d, _ =>
      apply (within_on_piece D _ g _ t);
      [ open_set | cbv beta; first [exact I | lra] | intros; unfold f; follow_guards; reflexivity
      | unfold s; follow_guards; reflexivity
      | unfold_functions; eexists; split; [derive | cbv beta; by_halves x lo hi] ]
  | |- _ => unfold_functions; first [solve [side_conditions] | by_halves x lo hi]
  end.

(** * Counterexamples *)

Lemma refuted_on_piece (D : R -> Prop) (f g s t : R -> R) (x d : R) :
  open D -> D x -> (forall y, D y -> f y = g y) -> s x = t x ->
  is_derive g x d -> 0 < Rabs (d - t x) -> ~ is_derive f x (s x).
Proof.
  intros around inside same_f same_s derivative apart claim. rewrite same_s in claim.
  assert (is_derive g x (t x)) as too.
  { apply (is_derive_ext_loc f); [| exact claim].
    generalize (around x inside). apply filter_imp. exact same_f. }
  apply is_derive_unique in derivative. apply is_derive_unique in too.
  rewrite <- derivative, too, Rminus_eq_0, Rabs_R0 in apart. lra.
Qed.

(** The goal that s is not f' at a point of D; `forms` suit the sign of the point. *)
Ltac refuted f s D g t forms bits :=
  repeat lazymatch goal with |- _ /\ _ => split end;
  lazymatch goal with
  | |- ~ is_derive _ _ _ =>
      eapply (refuted_on_piece D _ g _ t);
      [ open_set | cbv beta; first [exact I | lra] | intros; unfold f; follow_guards; reflexivity
      | unfold s; follow_guards; reflexivity | unfold_functions; derive
      | cbv beta; unfold_functions; forms; interval with (i_prec bits) ]
  | |- _ => unfold_functions; first [solve [side_conditions] | forms; interval with (i_prec bits)]
  end.
