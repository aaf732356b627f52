mod postfix;
mod proxy;
