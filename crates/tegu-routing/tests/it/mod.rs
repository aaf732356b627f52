mod postfix;
