//! Everything that needs more than one module: traces of real servers, and real servers themselves.
#![allow(clippy::unwrap_used, missing_docs)]

mod it {
    #[cfg(feature = "client")]
    mod access;
    #[cfg(feature = "client")]
    mod connect;
    #[cfg(feature = "client")]
    mod examples;
    #[cfg(feature = "client")]
    mod failures;
    mod hostile;
    #[cfg(feature = "client")]
    mod in_memory;
    #[cfg(feature = "client")]
    mod late;
    mod lines;
    mod oracle;
    #[cfg(feature = "client")]
    mod patience;
    #[cfg(feature = "client")]
    mod planning;
    #[cfg(feature = "client")]
    mod same;
    #[cfg(feature = "client")]
    mod scripted;
    #[cfg(feature = "client")]
    mod servers;
    #[cfg(feature = "client")]
    mod storing;
    #[cfg(feature = "client")]
    mod support;
    mod table;
    #[cfg(feature = "client")]
    mod transfer;
}
