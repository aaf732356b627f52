use super::*;
use crate::ErrorKind;
use secrecy::ExposeSecret as _;
use tegu_net::Method as Proof;

async fn secret(credentials: &Credentials, request: SecretRequest) -> String {
    let (Proof::Password(secret) | Proof::Token(secret)) = credentials.method() else {
        panic!("{credentials:?} has no secret");
    };
    secret.get(request).await.unwrap().expose_secret().to_owned()
}

fn anna() -> Account {
    Account::new("anna@corp.example")
}

#[tokio::test]
async fn a_token_file_is_read_at_each_sign_in() {
    let directory = tempfile::tempdir().unwrap();
    let login = Login::token("{mail}", SecretRef::File("{alias}.token".into())).base(directory.path());
    let error = login.credentials(&anna()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("token file"), "{error}");
    for token in ["first", "second"] {
        tegu_outcome::file::write(&directory.path().join("anna.token"), |file| {
            file.write_all(token.as_bytes())
        })
        .unwrap();
        let credentials = login.credentials(&anna()).unwrap();
        assert_eq!(credentials.user(), "anna@corp.example");
        assert_eq!(secret(&credentials, SecretRequest::Any).await, token);
    }
    let credentials = login.credentials(&anna()).unwrap();
    std::fs::write(directory.path().join("anna.token"), "third\n").unwrap();
    assert_eq!(secret(&credentials, SecretRequest::Fresh).await, "third");
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_is_run_at_each_sign_in() {
    let directory = tempfile::tempdir().unwrap();
    let script = "echo x >>\"$2\"; printf '%s %s\\n' \"$1\" $(wc -l <\"$2\")";
    let count = directory.path().join("count").display().to_string();
    let words = ["sh", "-c", script, "sh", "{alias}", &count].map(str::to_owned);
    for login in [Login::password, Login::token] {
        std::fs::remove_file(&count).ok();
        let login = login("{mail}".to_owned(), SecretRef::Command(words.to_vec()));
        let credentials = login.credentials(&anna()).unwrap();
        assert_eq!(secret(&credentials, SecretRequest::Any).await, "anna 1");
        assert_eq!(secret(&credentials, SecretRequest::Fresh).await, "anna 2");
    }
}

#[tokio::test]
async fn a_provider_is_told_the_account() {
    let provider =
        |account: Account, request| async move { Ok(format!("{} {request:?}", account.mail).into()) };
    for login in [
        Login::token_provider("{mail}", provider),
        Login::password_provider("{mail}", provider),
    ] {
        let credentials = login.credentials(&anna()).unwrap();
        let fresh = secret(&credentials, SecretRequest::Fresh).await;
        assert_eq!(fresh, "anna@corp.example Fresh");
        assert!(!format!("{login:?}").contains("Fresh"));
    }
}

#[test]
fn a_certificate_may_open_each_mailbox() {
    let login = Login::external().authorize_as("{alias}");
    let credentials = login.credentials(&anna()).unwrap();
    assert!(matches!(credentials.method(), Proof::External));
    assert_eq!(credentials.authorization_id(), Some("anna"));
    assert!(matches!(
        Login::kerberos().credentials(&anna()).unwrap().method(),
        Proof::Kerberos
    ));
}

#[test]
fn delegates_open_each_mailbox() {
    let open = |delegate: DelegatedLogin, mail: &str| {
        let login = Login::password_provider("{mail}", |_, _| async { Ok("secret".to_owned().into()) });
        let credentials = login.delegate(delegate).credentials(&Account::new(mail))?;
        Ok::<_, crate::Error>(credentials.user().to_owned())
    };
    let upn = DelegatedLogin::exchange_upn("mover@corp.example", "");
    let user = open(upn.clone(), "anna@corp.example").unwrap();
    assert_eq!(user, "mover@corp.example/anna@corp.example");
    let master = DelegatedLogin::dovecot_master("", "admin");
    assert_eq!(open(master, "anna").unwrap(), "anna*admin");
    // A name that would open another mailbox.
    let error = open(upn, "anna/boris@corp.example").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}
