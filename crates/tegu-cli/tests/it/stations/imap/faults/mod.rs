//! What goes wrong on a real trip: the copier is killed, connections are cut, servers go away, refuse and change. Afterwards
//! every message is compared by a reader of its own: nothing lost, nothing twice.

mod altered;
mod changes;
mod connections;
mod copier;
mod delayed;
mod deleted;
#[cfg(target_os = "linux")]
mod dropped;
mod exchange;
mod follow;
mod kills;
mod mail;
mod others;
mod refusals;
mod servers;
