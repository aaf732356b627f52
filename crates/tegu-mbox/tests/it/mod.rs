mod agree;
mod append;
mod compressed;
mod dovecot;
mod examples;
mod hostile;
mod locks;
mod pst;
mod round_trip;
mod separators;
#[cfg(feature = "store")]
mod store;
