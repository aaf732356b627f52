//! Starts the servers and keeps them until the process is killed.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread;
use std::time::Duration;

use tegu_testkit::Dovecot;
use tegu_testkit::proxy::{Fault, Proxy};

use crate::servers::Servers;
use crate::{corpus, million};

/// 20 ms there and back.
const EACH_WAY: Duration = Duration::from_millis(10);

pub(crate) fn run(dir: &Path) -> ! {
    fs::create_dir_all(dir).expect("create the folder");
    let memory = Path::new("/dev/shm");
    let [source, target] = [(); 2].map(|()| Dovecot::builder().store_in(memory).start());
    let disk = Dovecot::builder().store_in(dir).fsync().start();
    let sent = corpus::fill(source.port(), Dovecot::password()).expect("fill the source");
    let slow = |port: u16| {
        Proxy::start(
            SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            Fault::Delay(EACH_WAY),
        )
    };
    let (source_slow, target_slow) = (slow(source.port()), slow(target.port()));
    let servers = Servers {
        pid: std::process::id(),
        source: source.port(),
        source_tls: source.tls_port(),
        source_slow: source_slow.port(),
        source_mail: source.mail_dir(),
        source_ca: source.ca_pem().to_owned(),
        target: target.port(),
        target_tls: target.tls_port(),
        target_slow: target_slow.port(),
        target_mail: target.mail_dir(),
        target_ca: target.ca_pem().to_owned(),
        target_config: target.config_file().to_owned(),
        disk: disk.port(),
        disk_mail: disk.mail_dir(),
        disk_config: disk.config_file().to_owned(),
        million: million::serve(),
    };
    println!(
        "{} messages, {sent} octets in the mailbox of `{}`",
        corpus::MESSAGES,
        corpus::USER
    );
    servers.write(dir).expect("write the list of servers");
    // Whoever kills this process has the servers' watchdogs stop them.
    loop {
        thread::park();
    }
}
