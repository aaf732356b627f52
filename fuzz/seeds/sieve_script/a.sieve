require ["fileinto"];
# c
if anyof (header :contains "Subject" ["a", "b"], not size :over 1K) { fileinto "x"; stop; }
vacation :days 7 text:
..x
.
;
