//! Apache's mod_auth_gssapi lets users of a domain in, by tickets and by NTLM, and the stand-in believes it.

use std::io::Write as _;
use std::process::{Command, Stdio};
use tegu_testkit::exchange_ews::{ExchangeEws, Mailbox};
use tegu_testkit::{Apache, SambaAd};

const HOST: &str = "dc1.corp.example.test";

#[test]
fn tickets_and_ntlm_open_the_stand_in_behind_apache() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let samba = SambaAd::start();
    samba.serve(&[&format!("HTTP/{HOST}")]);
    let server = ExchangeEws::builder()
        .mailbox(Mailbox::new("anna@corp.example", "Anna"))
        .account("CORP\\Administrator", "unused behind Apache")
        .trust_header("X-Remote-User")
        .start();
    let users = [("CORP", "Administrator", samba.password())];
    let apache = Apache::naming_users(server.port(), &samba.keytab(&format!("HTTP/{HOST}")), &users);

    let tickets = samba.tickets();
    let body = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header>\
                <t:RequestServerVersion xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\" \
                Version=\"Exchange2010\"/></s:Header><s:Body><m:GetRoomLists \
                xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\"/></s:Body></s:Envelope>";
    let url = format!("http://{HOST}:{}/EWS/Exchange.asmx", apache.port());
    let resolve = format!("{HOST}:{}:127.0.0.1", apache.port());
    let ticket = |has_ticket: bool| {
        let mut command = Command::new("/usr/bin/curl");
        command.args([
            "-sS",
            "--negotiate",
            "-u",
            ":",
            "--resolve",
            &resolve,
            "-H",
            "Content-Type: text/xml",
        ]);
        command.args(["-d", body, "-w", "\n%{http_code}", &url]);
        if has_ticket {
            command.envs(tickets.clone());
        } else {
            command.env("KRB5CCNAME", "FILE:/nonexistent/tickets");
        }
        let output = command.output().expect("curl (Debian package curl)");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    // gss-ntlmssp 1.2.0 refuses curl's first message, which names no version.
    let ntlm = |password: &str| {
        let mut child = Command::new("/usr/bin/python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judge/ntlm.py"))
            .args([
                &format!("http://127.0.0.1:{}/EWS/Exchange.asmx", apache.port()),
                "CORP\\Administrator",
                password,
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 (Debian package python3-exchangelib brings what the script needs)");
        child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout).into_owned()
    };
    for answer in [ticket(true), ntlm(samba.password())] {
        assert!(
            answer.contains("GetRoomListsResponse"),
            "{answer}\n{}",
            apache.log()
        );
        assert!(answer.ends_with("\n200"), "{answer}");
    }
    for answer in [ticket(false), ntlm("wrong")] {
        assert!(answer.ends_with("\n401"), "{answer}\n{}", apache.log());
    }
    assert_eq!(server.requests(), 2);
}
