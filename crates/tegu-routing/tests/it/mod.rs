mod postfix;
mod proxy;
mod senders;
