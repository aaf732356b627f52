//! Accounts whose source cannot be opened, or not listed to its end: nobody knows what they hold.

use crate::scene::Scene;
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Entity, Error, ErrorKind, Migration, Report, Result,
    message::{Listed, Spool},
    sources::{LdifDirectory, MailFiles, MailFolder, MailReader, MailSource, Read, SourceCapabilities},
    targets::Bundle,
};

/// Files, of which some cannot be read.
#[derive(Debug)]
struct Locked {
    files: MailFiles,
    /// Whose mailbox does not open.
    account: &'static str,
    /// Which folder cannot be listed, by its first level.
    folder: &'static str,
}

fn refused(what: &str) -> Error {
    Error::new(ErrorKind::Malformed, format!("{what}: access is denied")).at_source()
}

impl MailSource for Locked {
    fn describe(&self) -> String {
        "locked".into()
    }

    fn capabilities(&self) -> SourceCapabilities {
        self.files.capabilities()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        Box::pin(async move {
            if account.mail == self.account {
                return Err(refused(&account.mail));
            }
            let reader: Box<dyn MailReader> = Box::new(Reader {
                files: self.files.open(account).await?,
                folder: self.folder,
            });
            Ok(reader)
        })
    }
}

struct Reader {
    files: Box<dyn MailReader>,
    folder: &'static str,
}

impl MailReader for Reader {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        self.files.folders()
    }

    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        Box::pin(async move {
            if folder.path.first().is_some_and(|name| name == self.folder) {
                return Err(refused(self.folder));
            }
            self.files.list(folder).await
        })
    }

    fn read<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        messages: &'a [Listed],
        spool: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        self.files.read(folder, messages, spool)
    }
}

async fn run(account: &'static str, folder: &'static str) -> (Scene, Report) {
    let scene = Scene::new();
    let person = |name: &str| {
        format!(
            "dn: CN={name},DC=example,DC=test\nobjectClass: user\ndisplayName: {name}\nmailNickname: {name}\n\
             mail: {name}@example.test\nproxyAddresses: SMTP:{name}@example.test\nmsExchRecipientTypeDetails: 1\n\
             userAccountControl: 512\n\n"
        )
    };
    scene.write("directory.ldif", person("anna") + &person("boris"));
    for name in ["anna", "boris"] {
        for folder in ["INBOX", "Projects"] {
            let mail = "From: a@b.test\r\nSubject: a\r\n\r\nbody\r\n";
            scene.write(&format!("mail/{name}/{folder}/1.eml"), mail);
        }
    }
    let directory = LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap();
    let source = Locked {
        files: MailFiles::new("mail/{alias}", scene.root.path()),
        account,
        folder,
    };
    let migration = Migration::builder("test", scene.path("job"), directory)
        .mail(source, Bundle::new(scene.path("job")))
        .build();
    let report = migration.run(&CancellationToken::new()).await.unwrap();
    (scene, report)
}

fn uncounted(report: &Report) -> Vec<(&str, Entity)> {
    let uncounted = report.uncounted();
    uncounted
        .map(|(account, entity)| (account.account.as_str(), entity))
        .collect()
}

#[tokio::test]
async fn a_mailbox_that_was_never_opened_does_not_add_up() {
    let (scene, report) = run("boris@example.test", "").await;
    assert_eq!(uncounted(&report), [("boris@example.test", Entity::Mail)]);
    assert!(!report.balances() && !report.is_complete());
    let mail = report.entity(Entity::Mail).unwrap();
    assert_eq!((mail.counts.source, mail.counts.moved, mail.uncounted), (2, 2, 1));
    assert!(report.accounts[0].is_complete() && !report.accounts[1].is_complete());
    let kept = Report::read_from(&scene.path("job")).unwrap().unwrap();
    assert!(!kept.balances() && kept.summary().uncounted == 1);
}

#[tokio::test]
async fn a_folder_that_cannot_be_listed_does_not_pass_for_empty() {
    let (_scene, report) = run("", "Projects").await;
    assert_eq!(
        uncounted(&report),
        [
            ("anna@example.test", Entity::Mail),
            ("boris@example.test", Entity::Mail)
        ]
    );
    assert!(!report.balances() && !report.is_complete());
    let mail = report.entity(Entity::Mail).unwrap();
    assert_eq!((mail.counts.moved, mail.uncounted), (2, 2));
}

#[tokio::test]
async fn what_was_counted_is_complete() {
    let (_scene, report) = run("", "").await;
    assert_eq!(uncounted(&report), []);
    assert!(report.balances() && report.is_complete());
}
