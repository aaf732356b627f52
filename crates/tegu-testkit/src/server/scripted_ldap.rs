//! An LDAP server that says what a test tells it to.

use crate::ldap_wire::{Request, message, request, result};
use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

type Bind = dyn Fn(i32) -> Vec<u8> + Send + Sync;
type Answer = dyn Fn(&mut TcpStream, &Request, usize) -> io::Result<()> + Send + Sync;

/// A server on loopback that accepts a bind and answers searches with whatever bytes a test writes: for clients that
/// have to live through hostile servers. Its threads end when the clients hang up, and with the process.
#[derive(Debug)]
pub struct ScriptedLdap {
    url: String,
}

impl ScriptedLdap {
    /// A server whose searches `answer` answers: it gets the connection, the request, and how many searches came before
    /// on this connection.
    pub fn start(
        answer: impl Fn(&mut TcpStream, &Request, usize) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start_with_bind(|id| message(id, &result(0x61, 0)), answer)
    }

    /// As [`start`](Self::start), with bytes of its own for the answer to the bind.
    pub fn start_with_bind(
        bind: impl Fn(i32) -> Vec<u8> + Send + Sync + 'static,
        answer: impl Fn(&mut TcpStream, &Request, usize) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen on loopback");
        let url = format!(
            "ldap://{}",
            listener.local_addr().expect("the address of a listener")
        );
        let (bind, answer): (Arc<Bind>, Arc<Answer>) = (Arc::new(bind), Arc::new(answer));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (bind, answer) = (Arc::clone(&bind), Arc::clone(&answer));
                thread::spawn(move || {
                    // The client hangs up on most of what it is sent here.
                    let _ = serve(client, &*bind, &*answer);
                });
            }
        });
        Self { url }
    }

    /// `ldap://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn serve(mut client: TcpStream, bind: &Bind, answer: &Answer) -> io::Result<()> {
    let mut searches = 0;
    while let Some(request) = request(&mut client)? {
        match request.operation {
            0x60 => client.write_all(&bind(request.id))?,
            0x63 => {
                answer(&mut client, &request, searches)?;
                searches += 1;
            }
            // A request that is given up.
            0x50 => {}
            _ => return Ok(()),
        }
    }
    Ok(())
}
