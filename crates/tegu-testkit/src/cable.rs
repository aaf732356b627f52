//! A host at the other end of a cable that can lose every packet: real TCP, with its own memory of what was not acknowledged.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Nobody's address: packets that are sent there are lost.
const NOBODY: &str = "02:00:00:00:00:01";

/// A network namespace, and a cable between it and this machine.
///
/// Packets are lost in both directions between [`cut`](Self::cut) and [`mend`](Self::mend), while both ends stay up: what was sent
/// meanwhile is sent again by TCP, and arrives late. Also what a process sent that has been killed.
#[derive(Debug)]
pub struct Cable {
    namespace: String,
    here: String,
    there: String,
    host: Ipv4Addr,
    client: Ipv4Addr,
    to_servers: Arc<AtomicU64>,
}

impl Cable {
    /// Lays a cable. `None`, with the reason on standard error, where that is not allowed: it takes root and Linux.
    pub fn lay() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let process = std::process::id();
        let tag = format!("{process:x}{number:x}");
        // A subnet of four addresses, by the number of the process.
        let net = (process.wrapping_mul(7) + number) % (1 << 14);
        let [_, _, third, fourth] = (net << 2).to_be_bytes();
        let cable = Self {
            namespace: format!("tegu-{tag}"),
            here: format!("tgh{tag}"),
            there: format!("tgn{tag}"),
            host: Ipv4Addr::new(10, 213, third, fourth + 1),
            client: Ipv4Addr::new(10, 213, third, fourth + 2),
            to_servers: Arc::default(),
        };
        match cable.connect() {
            Ok(()) => Some(cable),
            Err(error) => {
                eprintln!("SKIPPED: no network namespace can be made here: {error}");
                None
            }
        }
    }

    fn connect(&self) -> io::Result<()> {
        let Self {
            namespace,
            here,
            there,
            host,
            client,
            ..
        } = self;
        ip(&format!("netns add {namespace}"))?;
        ip(&format!(
            "link add {here} type veth peer name {there} netns {namespace}"
        ))?;
        ip(&format!("addr add {host}/30 dev {here}"))?;
        ip(&format!("link set {here} up"))?;
        ip(&format!("-n {namespace} addr add {client}/30 dev {there}"))?;
        ip(&format!("-n {namespace} link set {there} up"))?;
        ip(&format!("-n {namespace} link set lo up"))
    }

    /// A command that runs at the other end.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace, program]);
        command
    }

    /// Serves a loopback port of this machine to the other end. Returns the address to connect to from there.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub fn serve(&self, port: u16) -> SocketAddr {
        self.serve_with(port, Duration::ZERO)
    }

    /// The same, but what comes from the other end goes to the server at no more than a megabyte a second for each connection: a
    /// client that sends faster always has something on its way.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub fn serve_slowly(&self, port: u16) -> SocketAddr {
        self.serve_with(port, Duration::from_millis(16))
    }

    fn serve_with(&self, port: u16, pause: Duration) -> SocketAddr {
        let listener = TcpListener::bind((self.host, 0)).expect("listen at this end of the cable");
        let address = listener.local_addr().expect("know the own port");
        let counted = Arc::clone(&self.to_servers);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counted = Arc::clone(&counted);
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
                    continue;
                };
                if let (Ok(from_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) {
                    thread::spawn(move || pass(from_client, to_server, pause, Some(&counted)));
                    thread::spawn(move || pass(server, client, Duration::ZERO, None));
                }
            }
        });
        address
    }

    /// How many octets have come from the other end.
    pub fn to_servers(&self) -> u64 {
        self.to_servers.load(Ordering::SeqCst)
    }

    /// Loses every packet from now on.
    ///
    /// # Panics
    ///
    /// When the system refuses.
    pub fn cut(&self) {
        let lost = |to: Ipv4Addr, device: &str| {
            format!("neigh replace {to} lladdr {NOBODY} nud permanent dev {device}")
        };
        ip(&lost(self.client, &self.here)).expect("lose what is sent there");
        ip(&format!("-n {} {}", self.namespace, lost(self.host, &self.there)))
            .expect("lose what is sent here");
    }

    /// Loses nothing any more.
    ///
    /// # Panics
    ///
    /// When the system refuses.
    pub fn mend(&self) {
        ip(&format!("neigh del {} dev {}", self.client, self.here)).expect("find the other end again");
        ip(&format!(
            "-n {} neigh del {} dev {}",
            self.namespace, self.host, self.there
        ))
        .expect("find this end again");
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        // What a killed process left to be sent goes with it.
        let _ = ip(&format!("link del {}", self.here));
        let _ = ip(&format!("netns del {}", self.namespace));
    }
}

/// Runs `ip` with arguments that hold no blanks of their own.
fn ip(arguments: &str) -> io::Result<()> {
    let output = Command::new("ip").args(arguments.split(' ')).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("ip {arguments}: {}", said.trim())))
}

/// Passes on what comes, with a pause after each piece of at most 16 KiB.
fn pass(mut from: TcpStream, mut to: TcpStream, pause: Duration, counted: Option<&AtomicU64>) {
    let _ = from.set_read_timeout(Some(Duration::from_secs(120)));
    let mut buffer = vec![0; 16 << 10];
    loop {
        match io::Read::read(&mut from, &mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => {
                if let Some(counted) = counted {
                    counted.fetch_add(read as u64, Ordering::SeqCst);
                }
                let octets = buffer.get(..read).unwrap_or_default();
                if io::Write::write_all(&mut to, octets).is_err() {
                    break;
                }
                thread::sleep(pause);
            }
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
