//! The courses: who runs where, how often, and what is compared afterwards.

use std::io;
use std::path::Path;
use std::process::Command;

use tegu_testkit::Dovecot;
use tegu_testkit::imap::Holdings;

use crate::corpus::{self, USER};
use crate::peer::{Peer, Route};
use crate::servers::Servers;
use crate::table::Row;
use crate::verify;

const GIANT: usize = 300_000_000;

pub(crate) fn run(course: &str, dir: &Path, rounds: usize) -> io::Result<()> {
    let servers = Servers::read(dir)?;
    let race = Race {
        servers: &servers,
        dir,
        rounds,
    };
    let tegu = |connections, verify| Peer::Tegu { connections, verify };
    let (none, digest) = (tegu(0, "none"), tegu(0, "digest"));
    let plain = race.route(servers.source, servers.target, USER);
    match course {
        "full" => {
            let peers = [
                Peer::Mbsync,
                Peer::Dsync,
                Peer::Imapsync,
                none,
                tegu(1, "none"),
                digest,
            ];
            race.first_pass("full copy", &plain, &peers)
        }
        "tls" => {
            let mut route = race.route(servers.source_tls, servers.target_tls, USER);
            route.tls = true;
            race.first_pass("TLS on both sides", &route, &[Peer::Mbsync, Peer::Imapsync, none])
        }
        "disk" => {
            let mut route = race.route(servers.source, servers.disk, USER);
            route.to_config = &servers.disk_config;
            race.first_pass(
                "onto a disk that the target syncs",
                &route,
                &[Peer::Mbsync, Peer::Dsync, none, tegu(1, "none")],
            )
        }
        "latency" => {
            let route = race.route(servers.source_slow, servers.target_slow, USER);
            let peers = [Peer::Mbsync, Peer::Dsync, tegu(1, "none"), tegu(4, "none")];
            race.first_pass("20 ms round trips on both sides", &route, &peers)
        }
        "again" => race.nothing_new(&plain, &[Peer::Mbsync, Peer::Dsync, Peer::Imapsync, none]),
        "memory" => race.with_a_giant(&[Peer::Mbsync, Peer::Dsync, none, digest]),
        "million" => race.million(),
        _ => Err(io::Error::other("no such course")),
    }
}

struct Race<'a> {
    servers: &'a Servers,
    dir: &'a Path,
    rounds: usize,
}

impl<'a> Race<'a> {
    fn route(&self, from: u16, to: u16, user: &str) -> Route<'a> {
        Route {
            from,
            from_user: user.into(),
            from_ca: &self.servers.source_ca,
            to,
            to_ca: &self.servers.target_ca,
            tls: false,
            to_config: &self.servers.target_config,
        }
    }

    /// Every peer in turn, so many times, each time onto an empty mailbox, and each result compared.
    fn first_pass(&self, title: &str, route: &Route<'_>, peers: &[Peer]) -> io::Result<()> {
        let source = verify::holdings(self.servers.source, &route.from_user)?;
        let mut rows = self.rows(peers);
        for round in 0..self.rounds {
            for row in &mut rows {
                let user = self.user(round);
                let state = self.dir.join("state").join(&user);
                row.add(row.peer.run(route, &user, &state)?);
                let held = verify::holdings(self.target_port(route), &user)?;
                row.compared(verify::compare(&source, &held));
                self.forget(&user)?;
            }
        }
        self.print(title, &source, rows);
        Ok(())
    }

    /// Second and later passes of each peer over what it has moved itself.
    fn nothing_new(&self, route: &Route<'_>, peers: &[Peer]) -> io::Result<()> {
        let source = verify::holdings(self.servers.source, USER)?;
        let mut rows = self.rows(peers);
        let users: Vec<String> = (0..rows.len()).map(|number| self.user(number)).collect();
        let state = |user: &str| self.dir.join("state").join(user);
        for (row, user) in rows.iter().zip(&users) {
            row.peer.run(route, user, &state(user))?;
        }
        for _ in 0..self.rounds {
            for (row, user) in rows.iter_mut().zip(&users) {
                row.add(row.peer.run(route, user, &state(user))?);
            }
        }
        for (row, user) in rows.iter_mut().zip(&users) {
            row.compared(verify::compare(
                &source,
                &verify::holdings(self.servers.target, user)?,
            ));
            self.forget(user)?;
        }
        self.print("a pass with nothing new", &source, rows);
        Ok(())
    }

    /// A copy of the mailbox with one large message added.
    fn with_a_giant(&self, peers: &[Peer]) -> io::Result<()> {
        const BIG: &str = "big";
        let from = self.servers.source_mail.join(USER);
        let to = self.servers.source_mail.join(BIG);
        let status = Command::new("cp").arg("-a").arg(from).arg(&to).status()?;
        if !status.success() {
            return Err(io::Error::other("cp failed"));
        }
        corpus::add_giant(self.servers.source, BIG, Dovecot::password(), GIANT)?;
        let route = self.route(self.servers.source, self.servers.target, BIG);
        let result = self.first_pass("with one message of 300 MB added", &route, peers);
        std::fs::remove_dir_all(to)?;
        result
    }

    /// Scan and plan of large mailboxes onto an empty one.
    fn million(&self) -> io::Result<()> {
        for count in [250_000, 500_000, 1_000_000] {
            let route = self.route(self.servers.million, self.servers.target, &count.to_string());
            let mut rows = self.rows(&[Peer::TeguPlan]);
            for round in 0..self.rounds {
                for row in &mut rows {
                    let user = self.user(round);
                    row.add(row.peer.run(&route, &user, &self.dir.join("state").join(&user))?);
                    self.forget(&user)?;
                }
            }
            self.print(
                &format!("scan and plan of {count} messages"),
                &Holdings::new(),
                rows,
            );
        }
        Ok(())
    }

    fn rows(&self, peers: &[Peer]) -> Vec<Row> {
        let (there, missing): (Vec<Peer>, Vec<Peer>) = peers.iter().partition(|peer| peer.is_installed());
        for peer in missing {
            eprintln!("{} does not run: not found", peer.name());
        }
        there.into_iter().map(Row::new).collect()
    }

    /// A user of the target without a mailbox.
    fn user(&self, number: usize) -> String {
        format!("t{}x{number}", std::process::id())
    }

    /// Where the route's target is reached without delay and TLS.
    fn target_port(&self, route: &Route<'_>) -> u16 {
        if route.to == self.servers.disk {
            self.servers.disk
        } else {
            self.servers.target
        }
    }

    fn forget(&self, user: &str) -> io::Result<()> {
        for mail in [&self.servers.target_mail, &self.servers.disk_mail] {
            let store = mail.join(user);
            if store.exists() {
                std::fs::remove_dir_all(store)?;
            }
        }
        // The output of the last run stays for whoever wants to know why.
        let state = self.dir.join("state");
        let _ = std::fs::remove_dir_all(state.join("last"));
        std::fs::rename(state.join(user), state.join("last"))
    }

    fn print(&self, title: &str, source: &Holdings, rows: Vec<Row>) {
        let messages = source.values().map(Vec::len).sum();
        let octets = source.values().flatten().map(|held| held.octets).sum();
        crate::table::print(title, messages, octets, &rows);
    }
}
