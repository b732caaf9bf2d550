(** Shared by every exported theorem: the functions of the formula language that Coq lacks,
    what is needed to cut a function into pieces, and the tactics of the proofs.

    Nothing here is assumed.  A tactic that fails leaves a theorem unproved, never wrong. *)

From Coq Require Export Reals Lra Psatz.
From Coquelicot Require Export Coquelicot.
Open Scope R_scope.

(** * Functions *)

Definition euler : R := exp 1.
Definition log1p (x : R) : R := ln (1 + x).
Definition expm1 (x : R) : R := exp x - 1.
Definition arccosh (x : R) : R := ln (x + sqrt (x * x - 1)).
Definition arctanh (x : R) : R := ln ((1 + x) / (1 - x)) / 2.
Definition sigmoid (x : R) : R := 1 / (1 + exp (- x)).
Definition softplus (x : R) : R := ln (1 + exp x).
Definition erf (x : R) : R := 2 / sqrt PI * RInt (fun t => exp (- (t * t))) 0 x.
Definition erfc (x : R) : R := 1 - erf x.

(** Those that are best replaced by their definitions before anything else. *)
Ltac unfold_functions := unfold euler, log1p, expm1, erfc, arccosh, arctanh, Rpower, tan in *.

(** * Signs: [0 < a], [0 <= a] and [a <> 0], by the shape of [a] *)

Lemma square_nonneg (a : R) : 0 <= a * a.
Proof. nra. Qed.

Lemma pow2_nonneg (a : R) : 0 <= a ^ 2.
Proof. nra. Qed.

Lemma cosh_pos (x : R) : 0 < cosh x.
Proof. unfold cosh. assert (0 < exp x) by apply exp_pos. assert (0 < exp (- x)) by apply exp_pos. lra. Qed.

Lemma ln_pos (a : R) : 1 < a -> 0 < ln a.
Proof. intros. rewrite <- ln_1. apply ln_increasing; lra. Qed.

Lemma softplus_pos (x : R) : 0 < softplus x.
Proof. apply ln_pos. assert (0 < exp x) by apply exp_pos. lra. Qed.

Lemma sigmoid_pos (x : R) : 0 < sigmoid x.
Proof. assert (0 < exp (- x)) by apply exp_pos. apply Rdiv_lt_0_compat; lra. Qed.

Lemma sigmoid_below_1 (x : R) : 0 < 1 - sigmoid x.
Proof.
  assert (0 < exp (- x)) by apply exp_pos.
  replace (1 - sigmoid x) with (exp (- x) / (1 + exp (- x))) by (unfold sigmoid; field; lra).
  apply Rdiv_lt_0_compat; lra.
Qed.

Lemma root_dominates (x q : R) : x * x < q -> 0 < x + sqrt q.
Proof.
  intros H. assert (Rabs x < sqrt q).
  { rewrite <- sqrt_Rsqr_abs. apply sqrt_lt_1_alt. split; [apply Rle_0_sqr | exact H]. }
  generalize (Rle_abs (- x)). rewrite Rabs_Ropp. lra.
Qed.

Lemma exp_below_1 (u : R) : u < 0 -> 0 < 1 - exp u.
Proof. intros H. generalize (exp_increasing u 0 H). rewrite exp_0. lra. Qed.

Lemma exp_above_1 (u : R) : 0 < u -> 0 < exp u - 1.
Proof. intros H. generalize (exp_increasing 0 u H). rewrite exp_0. lra. Qed.

Ltac positive :=
  match goal with
  | H : 0 < ?a |- 0 < ?a => exact H
  | |- 0 < 1 - exp _ => apply exp_below_1; solve [lra | nra]
  | |- 0 < 1 + - exp _ => apply exp_below_1; solve [lra | nra]
  | |- 0 < exp _ - 1 => apply exp_above_1; solve [lra | nra]
  | |- 0 < exp _ + - (1) => apply exp_above_1; solve [lra | nra]
  | |- 0 < exp _ => apply exp_pos
  | |- 0 < cosh _ => apply cosh_pos
  | |- 0 < sigmoid _ => apply sigmoid_pos
  | |- 0 < 1 - sigmoid _ => apply sigmoid_below_1
  | |- 0 < softplus _ => apply softplus_pos
  | |- 0 < PI => exact PI_RGT_0
  | |- 0 < cos _ => apply cos_gt_0; generalize PI2_1; lra
  | |- 0 < sqrt _ => apply sqrt_lt_R0; positive
  | |- 0 < ?x + sqrt _ => apply root_dominates; solve [lra | nra]
  | |- 0 < ln _ => apply ln_pos; solve [lra | apply Rminus_gt_0_lt; ring_simplify; positive]
  | |- 0 < _ + _ =>
      first [ apply Rplus_lt_0_compat; positive
            | apply Rplus_lt_le_0_compat; [positive | nonneg]
            | apply Rplus_le_lt_0_compat; [nonneg | positive] ]
  | |- 0 < _ * _ => apply Rmult_lt_0_compat; positive
  | |- 0 < _ / _ => apply Rdiv_lt_0_compat; positive
  | |- 0 < / _ => apply Rinv_0_lt_compat; positive
  | |- 0 < _ ^ _ => apply pow_lt; positive
  | |- 0 < _ => lra
  | |- 0 < _ => nra
  end
with nonneg :=
  match goal with
  | |- 0 <= ?a * ?a => apply square_nonneg
  | |- 0 <= _ ^ 2 => apply pow2_nonneg
  | |- 0 <= sqrt _ => apply sqrt_pos
  | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; nonneg
  | |- 0 <= _ * _ => apply Rmult_le_pos; nonneg
  | |- 0 <= _ => nra
  | |- 0 <= _ => apply Rlt_le; positive
  end.

Ltac nonzero :=
  match goal with
  | H : ?a <> 0 |- ?a <> 0 => exact H
  | |- _ * _ <> 0 => apply Rmult_integral_contrapositive_currified; nonzero
  | |- _ ^ _ <> 0 => apply pow_nonzero; nonzero
  | |- / _ <> 0 => apply Rinv_neq_0_compat; nonzero
  | |- _ <> 0 => apply Rgt_not_eq, Rlt_gt; solve [positive]
  | |- _ <> 0 => apply Rlt_not_eq; solve [lra | nra]
  | |- _ <> 0 => lra
  end.

(** Side conditions: a conjunction of such. *)
Ltac side_conditions :=
  repeat lazymatch goal with
  | |- True => exact I
  | |- _ /\ _ => split
  | |- _ > _ => unfold Rgt
  | |- 0 < _ => solve [positive]
  | |- _ <> 0 => solve [nonzero]
  | |- _ < _ => solve [lra | nra | apply Rminus_gt_0_lt; positive]
  end.

(** * Derivatives that [auto_derive] does not know *)

Lemma is_derive_tanh (x : R) : is_derive tanh x (1 - tanh x * tanh x).
Proof.
  apply (is_derive_ext (fun t => ((exp t - exp (- t)) / 2) / ((exp t + exp (- t)) / 2))); [reflexivity |].
  assert (0 < exp x) by apply exp_pos.
  auto_derive.
  - assert (0 < exp (- x)) by apply exp_pos. side_conditions.
  - unfold tanh, sinh, cosh. rewrite !exp_Ropp. set (E := exp x) in *. field. side_conditions.
Qed.
Global Instance derivative_tanh : UnaryDiff tanh := { UnaryDiff_H := is_derive_tanh }.

Lemma is_derive_sigmoid (x : R) : is_derive sigmoid x (sigmoid x * (1 - sigmoid x)).
Proof.
  unfold sigmoid. assert (0 < exp (- x)) by apply exp_pos.
  auto_derive; [side_conditions |]. field. side_conditions.
Qed.
Global Instance derivative_sigmoid : UnaryDiff sigmoid := { UnaryDiff_H := is_derive_sigmoid }.

Lemma is_derive_softplus (x : R) : is_derive softplus x (sigmoid x).
Proof.
  unfold softplus, sigmoid. assert (0 < exp x) by apply exp_pos.
  auto_derive; [side_conditions |]. rewrite exp_Ropp. field. side_conditions.
Qed.
Global Instance derivative_softplus : UnaryDiff softplus := { UnaryDiff_H := is_derive_softplus }.

Lemma is_derive_arcsinh (x : R) : is_derive arcsinh x (/ sqrt (x ^ 2 + 1)).
Proof. apply is_derive_Reals, derivable_pt_lim_arcsinh. Qed.
Global Instance derivative_arcsinh : UnaryDiff arcsinh := { UnaryDiff_H := is_derive_arcsinh }.

Lemma is_derive_asin (x : R) : -1 < x < 1 -> is_derive asin x (/ sqrt (1 - x * x)).
Proof.
  intros inside. apply is_derive_Reals, (derive_pt_eq_1 _ _ _ (derivable_pt_asin x inside)).
  rewrite derive_pt_asin. apply Rmult_1_l.
Qed.
Global Instance derivative_asin : UnaryDiff' asin := { UnaryDiff'_H := is_derive_asin }.

Lemma is_derive_acos (x : R) : -1 < x < 1 -> is_derive acos x (- / sqrt (1 - x * x)).
Proof.
  intros inside. apply is_derive_Reals, (derive_pt_eq_1 _ _ _ (derivable_pt_acos x inside)).
  rewrite derive_pt_acos. unfold Rsqr, Rdiv. ring.
Qed.
Global Instance derivative_acos : UnaryDiff' acos := { UnaryDiff'_H := is_derive_acos }.

Lemma continuous_gauss (t : R) : continuous (fun t => exp (- (t * t))) t.
Proof. apply (ex_derive_continuous (K := R_AbsRing) (V := R_NormedModule)). auto_derive. exact I. Qed.

Lemma is_derive_erf (x : R) : is_derive erf x (2 / sqrt PI * exp (- (x * x))).
Proof.
  apply is_derive_scal, (is_derive_RInt (V := R_NormedModule) (fun t => exp (- (t * t))) _ 0 x).
  - apply filter_forall. intros b. apply (RInt_correct (V := R_CompleteNormedModule)).
    apply (ex_RInt_continuous (V := R_CompleteNormedModule)). intros; apply continuous_gauss.
  - apply continuous_gauss.
Qed.
Global Instance derivative_erf : UnaryDiff erf := { UnaryDiff_H := is_derive_erf }.

(** * Equations: the derivative by rule equals the spec

    Applications such as [exp t] are unknowns to [field]; each tactic below first relates
    them.  [equation] tries them from the cheapest on. *)

(** [exp] of sums, opposites and small multiples, by [exp] of their parts. *)
Lemma exp_2 (t : R) : exp (2 * t) = exp t * exp t.
Proof. replace (2 * t) with (t + t) by ring. apply exp_plus. Qed.

Lemma exp_3 (t : R) : exp (3 * t) = exp t * exp t * exp t.
Proof. replace (3 * t) with (t + t + t) by ring. rewrite !exp_plus. reflexivity. Qed.

Lemma exp_multiple (n : nat) (t : R) : exp (INR n * t) = exp t ^ n.
Proof.
  induction n as [| n step]; [simpl; rewrite Rmult_0_l; apply exp_0 |].
  rewrite S_INR, Rmult_plus_distr_r, Rmult_1_l, exp_plus, step. simpl. ring.
Qed.

Lemma exp_minus_2 (t : R) : exp (- 2 * t) = / (exp t * exp t).
Proof. replace (- 2 * t) with (- (2 * t)) by ring. rewrite exp_Ropp, exp_2. reflexivity. Qed.

Lemma tanh_by_exp (t : R) : tanh t = 1 - 2 / (exp t * exp t + 1).
Proof.
  unfold tanh, sinh, cosh. rewrite exp_Ropp. assert (0 < exp t) by apply exp_pos.
  field. side_conditions.
Qed.

Ltac split_exponents := unfold Rminus; rewrite ?exp_plus, ?exp_Ropp, ?exp_0.

(** Each [exp t] becomes a positive unknown. *)
Ltac name_exponentials :=
  repeat match goal with
  | |- context [exp ?t] =>
      let E := fresh "E" in let above := fresh "above" in
      assert (above := exp_pos t); set (E := exp t) in *; clearbody E
  end.

Ltac split_roots := repeat first
  [ rewrite sqrt_mult_alt by solve [nonneg] | rewrite sqrt_div_alt by solve [positive] ].

Lemma root_of_2 : sqrt 2 ^ 2 = 2.
Proof. apply pow2_sqrt. lra. Qed.

(** Applications [h a], [h b] become local definitions, to be compared two at a time. *)
Ltac name h := repeat match goal with |- context [h ?a] => let v := fresh "v" in set (v := h a) end.
Ltac unname h := repeat match goal with v := h _ |- _ => subst v end.

Ltac same_argument :=
  first
  [ solve [ring] | solve [field; side_conditions]
  | match goal with |- context [sqrt 2] =>
      let root := fresh "root" in generalize root_of_2; intros root; solve [field [root]; side_conditions]
    end ].

(** Equal arguments in different forms: [h a] and [h b] become one unknown. *)
Ltac merge h :=
  name h;
  repeat match goal with v := h ?a, w := h ?b |- _ =>
    let same := fresh "same" in
    assert (same : w = v) by (subst v w; apply f_equal; same_argument); rewrite same; clear same w
  end;
  unname h.

(** [exp (n * a)] becomes a power of [exp a]. *)
Ltac merge_multiples :=
  name exp;
  repeat match goal with v := exp ?a, w := exp ?b |- _ =>
    let same := fresh "same" in
    let is power := (assert (same : w = power) by (
      subst v w; rewrite <- ?exp_multiple, <- ?exp_Ropp; apply f_equal; simpl INR; same_argument)) in
    first [ is v | is (/ v) | is (v ^ 2) | is (v ^ 3) | is (v ^ 4) | is (/ v ^ 2) | is (/ v ^ 3) ];
    rewrite same; clear same w
  end;
  unname exp.
Ltac merge_all :=
  repeat progress (
    merge sqrt; merge exp; merge ln; merge tanh; merge sigmoid; merge softplus; merge erf;
    merge sinh; merge cosh; merge sin; merge cos; merge atan; merge arcsinh).

Ltac close := field; side_conditions.

Ltac by_exponentials := unfold sigmoid, softplus; split_exponents; name_exponentials; close.
Ltac by_merging := merge_all; unfold sigmoid, softplus; merge_all; split_exponents; name_exponentials; close.
Ltac by_splitting_roots := split_roots; by_merging.
(** A root [r] of [q] is a positive unknown with [r ^ 2 = q]. *)
Ltac by_root :=
  merge_all;
  match goal with |- context [sqrt ?q] =>
    let r := fresh "r" in let square := fresh "square" in let above := fresh "above" in
    assert (above : 0 < sqrt q) by positive;
    assert (square : sqrt q ^ 2 = q) by (apply pow2_sqrt; nonneg);
    set (r := sqrt q) in *; clearbody r;
    first [ solve [field [square]; side_conditions] | solve [rewrite <- ?square; close] ]
  end.
(** Roots of 2 and of PI, where 2 and PI stand alone as well. *)
Ltac by_constant_roots :=
  split_roots; merge_all; unfold sigmoid, softplus; split_exponents; name_exponentials;
  let r := fresh "r" in let square := fresh "square" in let above := fresh "above" in
  assert (above : 0 < sqrt PI) by positive;
  assert (square : sqrt PI * sqrt PI = PI) by (apply sqrt_sqrt; nonneg);
  set (r := sqrt PI) in *; clearbody r; rewrite <- ?square;
  let root := fresh "root" in generalize root_of_2; intros root; field [root]; side_conditions.
(** Sines and cosines of one argument, by the sum of their squares. *)
Ltac by_circle :=
  merge_all;
  match goal with |- context [cos ?t] =>
    let circle := fresh "circle" in
    assert (circle : sin t ^ 2 = 1 - cos t ^ 2) by (generalize (sin2_cos2 t); unfold Rsqr; lra);
    field [circle]; side_conditions
  end.
Ltac to_exponentials :=
  rewrite ?tanh_by_exp; unfold sinh, cosh, sigmoid, softplus;
  rewrite ?exp_2, ?exp_minus_2, ?exp_3; repeat (rewrite exp_ln by positive).
Ltac by_hyperbolics :=
  to_exponentials; split_exponents; rewrite ?exp_2, ?exp_3; split_exponents; merge_all;
  name_exponentials; close.
Ltac by_multiples :=
  to_exponentials; split_exponents; merge_all; merge_multiples; split_exponents; name_exponentials; close.
(** Powers with a logarithm: q is [exp (ln q)], and its square root [exp (ln q / 2)]. *)
Ltac by_logarithm :=
  merge_all;
  match goal with |- context [ln ?q] =>
    let L := fresh "L" in let same := fresh "same" in let root := fresh "root" in
    assert (same : q = exp (ln q)) by (symmetry; apply exp_ln; positive);
    assert (root : forall p, p = q -> sqrt p = exp (ln q / 2))
      by (intros p equal; rewrite equal; apply sqrt_lem_1; [apply Rlt_le; positive | apply Rlt_le, exp_pos
        | rewrite <- exp_plus; replace (ln q / 2 + ln q / 2) with (ln q) by field; symmetry; exact same]);
    repeat match goal with |- context [sqrt ?p] => rewrite (root p) by same_argument end;
    clear root; generalize (eq_sym same); clear same; set (L := ln q); clearbody L;
    merge_multiples; name_exponentials; intros same; field [same]; side_conditions
  end.

(** Where 1 - exp x or exp x - 1 is a divisor, and the sign of x tells that it is not 0. *)
Ltac by_exponentials_off_1 :=
  match goal with x : R |- context [exp ?u] =>
    match u with context [x] => let off := fresh "off" in
      first [assert (off : 0 < exp x - 1) by positive | assert (off : 0 < 1 - exp x) by positive];
      split_exponents;
      let E := fresh "E" in let positive_E := fresh "positive_E" in
      assert (positive_E : 0 < exp x) by apply exp_pos;
      set (E := exp x) in *; clearbody E; field; repeat split; lra end
  end.

Ltac equation :=
  rewrite ?ln_exp;
  first
  [ solve [ring] | solve [close] | solve [by_exponentials] | solve [by_merging] | solve [by_constant_roots]
  | solve [by_splitting_roots] | solve [by_root] | solve [by_circle] | solve [by_hyperbolics]
  | solve [by_multiples] | solve [by_logarithm] | solve [by_exponentials_off_1] ].

(** A goal [C1 /\ ... /\ is_derive f x l], where f and l are formulas without guards. *)
Ltac by_rule :=
  unfold_functions; rewrite ?ln_exp;
  repeat lazymatch goal with |- _ /\ _ => split end;
  lazymatch goal with
  | |- is_derive _ _ _ => auto_derive; [solve [side_conditions] | equation]
  | |- _ => solve [side_conditions]
  end.

(** The goal for functions without guards. *)
Ltac rule f s := intros; unfold f, s; by_rule.

(** * Pieces

    f and s choose between formulas; on an open set [D] around x, or left and right of a
    point b, each is one formula. *)

Lemma on_piece (D : R -> Prop) (f g s t : R -> R) (x : R) :
  open D -> D x -> (forall y, D y -> f y = g y) -> s x = t x ->
  is_derive g x (t x) -> is_derive f x (s x).
Proof.
  intros around inside same_f same_s derivative. rewrite same_s.
  apply (is_derive_ext_loc g); [| exact derivative].
  generalize (around x inside). apply filter_imp. intros y within. symmetry. exact (same_f y within).
Qed.

Lemma open_between (a b : R) : open (fun y : R => a < y < b).
Proof. apply open_and; [apply open_gt | apply open_lt]. Qed.

(** A slope that vanishes however near, over steps that are not 0, is 0. *)
Lemma no_slope (u : R -> R) (b m : R) :
  is_derive u b m ->
  (forall d, 0 < d -> exists h, h <> 0 /\ Rabs h < d /\ u (b + h) = u b) -> m = 0.
Proof.
  intros derivative steps. apply is_derive_Reals in derivative.
  destruct (Req_dec m 0) as [done | nonzero]; [exact done | exfalso].
  assert (0 < Rabs m / 2) as half by (assert (0 < Rabs m) by (apply Rabs_pos_lt; exact nonzero); lra).
  destruct (derivative _ half) as [d near]. destruct (steps d (cond_pos d)) as (h & h_nonzero & small & flat).
  specialize (near h h_nonzero small). rewrite flat in near.
  replace ((u b - u b) / h - m) with (- m) in near by (field; exact h_nonzero).
  rewrite Rabs_Ropp in near. lra.
Qed.

Lemma below_both (a b c : R) : c < Rmin a b -> c < a /\ c < b.
Proof. generalize (Rmin_l a b) (Rmin_r a b). lra. Qed.

(** f is g1 left of b and g2 right of it, between a and c, and meets both at b. *)
Definition meets (f g1 g2 : R -> R) (a b c : R) : Prop :=
  a < b < c /\ (forall y, a < y < b -> f y = g1 y) /\ (forall y, b < y < c -> f y = g2 y) /\
  g1 b = f b /\ g2 b = f b.

Lemma on_join (f g1 g2 : R -> R) (a b c l : R) :
  meets f g1 g2 a b c -> is_derive g1 b l -> is_derive g2 b l -> is_derive f b l.
Proof.
  intros (inside & left & right & at_left & at_right) D1 D2.
  apply is_derive_Reals. apply is_derive_Reals in D1. apply is_derive_Reals in D2.
  intros eps eps_pos. destruct (D1 eps eps_pos) as [d1 near1]. destruct (D2 eps eps_pos) as [d2 near2].
  assert (0 < Rmin (Rmin d1 d2) (Rmin (b - a) (c - b))) as d_pos
    by (repeat apply Rmin_pos; try apply cond_pos; lra).
  exists (mkposreal _ d_pos). intros h h_nonzero small. simpl in small.
  destruct (below_both _ _ _ small) as [small1 small2].
  destruct (below_both _ _ _ small1) as [in1 in2]. destruct (below_both _ _ _ small2) as [in_a in_c].
  destruct (Rdichotomy h 0 h_nonzero).
  - rewrite Rabs_left in in_a by assumption. rewrite left, <- at_left by lra. apply near1; assumption.
  - rewrite Rabs_right in in_c by lra. rewrite right, <- at_right by lra. apply near2; assumption.
Qed.

(** Where the one-sided derivatives differ there is no derivative. *)
Lemma on_kink (f g1 g2 : R -> R) (a b c l1 l2 : R) :
  meets f g1 g2 a b c -> is_derive g1 b l1 -> is_derive g2 b l2 -> l1 <> l2 -> ~ ex_derive f b.
Proof.
  intros (inside & left & right & at_left & at_right) D1 D2 different [l D]. apply different.
  assert (forall d, 0 < d -> 0 < Rmin d (Rmin (b - a) (c - b)) / 2) as step
    by (intros; apply Rdiv_lt_0_compat; [repeat apply Rmin_pos; lra | lra]).
  assert (forall d, Rmin d (Rmin (b - a) (c - b)) <= d /\ Rmin d (Rmin (b - a) (c - b)) <= b - a
    /\ Rmin d (Rmin (b - a) (c - b)) <= c - b) as short.
  { intros d. generalize (Rmin_l d (Rmin (b - a) (c - b))) (Rmin_r d (Rmin (b - a) (c - b)))
      (Rmin_l (b - a) (c - b)) (Rmin_r (b - a) (c - b)). lra. }
  assert (l - l1 = 0).
  { apply (no_slope (fun y => f y - g1 y) b); [apply (is_derive_minus f g1 b l l1 D D1) |].
    intros d d_pos. exists (- (Rmin d (Rmin (b - a) (c - b)) / 2)).
    specialize (step d d_pos). specialize (short d). repeat split; [lra | |].
    - rewrite Rabs_Ropp, Rabs_right by lra. lra.
    - rewrite (left (b + _)) by lra. lra. }
  assert (l - l2 = 0).
  { apply (no_slope (fun y => f y - g2 y) b); [apply (is_derive_minus f g2 b l l2 D D2) |].
    intros d d_pos. exists (Rmin d (Rmin (b - a) (c - b)) / 2).
    specialize (step d d_pos). specialize (short d). repeat split; [lra | |].
    - rewrite Rabs_right by lra. lra.
    - rewrite (right (b + _)) by lra. lra. }
  lra.
Qed.

(** Follow every guard to the one branch that the hypotheses leave open. *)
Ltac follow_guards :=
  cbv beta; unfold Rmax, Rmin, Rabs, sign;
  repeat (
    match goal with |- context [match ?d with _ => _ end] =>
      lazymatch d with context [match _ with _ => _ end] => fail | _ => destruct d end
    end; try (exfalso; lra)).

(** Two formulas with one value at a point that is a rational number. *)
Ltac same_value :=
  cbv beta; unfold_functions; rewrite ?Ropp_0, ?Rmult_0_r, ?Rmult_0_l, ?Rplus_0_r, ?exp_0;
  solve [ reflexivity | lra | equation | unfold Rdiv; rewrite ?Rmult_0_l, ?exp_0; solve [lra | equation] ].

Ltac open_set :=
  match goal with
  | |- open (fun y => True) => apply open_true
  | |- open (fun y => _ < y < _) => apply open_between
  | |- open (fun y => _ < y) => apply open_gt
  | |- open (fun y => y < _) => apply open_lt
  end.

(** The goal for an x in the open set D, where f and s are the formulas g and t. *)
Ltac piece f s D g t :=
  intros;
  repeat lazymatch goal with |- _ /\ _ => split end;
  lazymatch goal with
  | |- is_derive _ _ _ =>
      apply (on_piece D _ g _ t);
      [ open_set | cbv beta; lra | intros; unfold f; follow_guards; reflexivity
      | unfold s; follow_guards; reflexivity | by_rule ]
  | |- _ => by_rule
  end.

Ltac meet f :=
  repeat split;
  [ lra | lra | intros; unfold f; follow_guards; reflexivity | intros; unfold f; follow_guards; reflexivity
  | unfold f; follow_guards; same_value | unfold f; follow_guards; same_value ].

Ltac derivative_at := unfold_functions; auto_derive; [solve [side_conditions] | same_value].

(** The goals at a point b, where f passes from the formula g1 to g2. *)
Ltac join f s a b c g1 g2 :=
  intros;
  repeat lazymatch goal with |- _ /\ _ => split end;
  lazymatch goal with
  | |- is_derive _ _ _ =>
      apply (on_join _ g1 g2 a b c);
      [ meet f | unfold s; follow_guards; derivative_at | unfold s; follow_guards; derivative_at ]
  | |- _ => by_rule
  end.
Ltac kink f a b c g1 g2 l1 l2 :=
  intros; apply (on_kink _ g1 g2 a b c l1 l2);
  [ meet f | derivative_at | derivative_at | first [assumption | let same := fresh in intros same; lra] ].
