"""The second pair of eyes: certificates re-verified with other code and other arithmetic.

    interval     closed real intervals: mpmath's + - * / sqrt, nothing else of it
    elementary   exp, log, sin, cos, atan on integers, each with its remainder bound
    rectangle    complex intervals and every primitive on them
    centred      mean value forms of sums that cancel
    evaluate     terms on rectangles; guards by exact rationals
    transform    the quotients Q_k from values at the nodes, on integers
    checker      the theorem: a certificate is accepted or `Rejected`
    kernel       reports of floating-point kernels: what they show, and that their figures agree

It searches for nothing: tile ends, R, N, bits and cover depth are the certificate's.
"""
