//! Real mail, calendars and cards through real servers: nothing crashes, and every file is accounted for.

use crate::scene::{Scene, counts, problems, tree};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use tegu_migrate::{Entity, State};
use tegu_testkit::{Dovecot, Radicale};

/// The folder that `TEGU_CORPORA` names, or the small set that lies beside this file.
fn corpora() -> PathBuf {
    match std::env::var_os("TEGU_CORPORA") {
        Some(path) => path.into(),
        None => {
            eprintln!("TEGU_CORPORA is not set: this test passes on the small set of the repository only");
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/corpora")
        }
    }
}

/// Copies all files of some kinds below `from` into a folder, under names that tell where they were.
fn gather(from: &Path, extensions: &[&str], to: &Path) -> BTreeSet<String> {
    fs::create_dir_all(to).unwrap();
    let mut names = BTreeSet::new();
    for (name, content) in tree(from) {
        if extensions
            .iter()
            .any(|extension| name.to_lowercase().ends_with(extension))
        {
            let flat = name.replace('/', "~");
            fs::write(to.join(&flat), content).unwrap();
            names.insert(flat);
        }
    }
    assert!(
        !names.is_empty(),
        "{} holds nothing of {extensions:?}",
        from.display()
    );
    names
}

#[tokio::test]
async fn every_file_is_accounted_for() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (dovecot, radicale) = (Dovecot::start(), Radicale::builder().users(["anna"]).start());
    let scene = Scene::new();
    let head = scene.head("job");
    let corpora = corpora();
    let letters = gather(&corpora, &[".eml", ".mbox"], &scene.path("mail/anna/Corpus"));
    let calendars = gather(&corpora, &[".ics"], &scene.path("calendars/anna"));
    let cards = gather(&corpora, &[".vcf"], &scene.path("contacts/anna"));
    let dav = |kind: &str| {
        format!(
            "{{ kind = '{kind}', url = '{}', user = 'anna', password = {{ file = 'password' }} }}",
            radicale.url()
        )
    };
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\n\
         target = {{ kind = 'imap', url = 'imap://127.0.0.1:{}', security = 'insecure', user = 'anna', password = {{ file = 'password' }} }}\n\
         [calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\ntarget = {}\n\
         [contacts]\nsource = {{ kind = 'files', path = 'contacts/{{alias}}' }}\ntarget = {}\n",
        dovecot.port(),
        dav("caldav"),
        dav("carddav"),
    );
    let report = scene.run(&config).await.unwrap();
    assert!(report.complete, "{:?}", problems(&report));
    for entity in [Entity::Mail, Entity::Calendars, Entity::Contacts] {
        let found = counts(&report, entity);
        println!("{entity}: {found:?}");
        assert_eq!(
            found.failed,
            0,
            "{:#?}",
            report
                .worklist
                .iter()
                .filter(|w| w.state == State::Failed)
                .collect::<Vec<_>>()
        );
        assert!(found.moved > 0);
    }

    // Every file was opened, and a file in which nothing was found is itself an item.
    for (entity, names) in [(Entity::Calendars, &calendars), (Entity::Contacts, &cards)] {
        let documents = report
            .documents
            .iter()
            .filter(|document| document.entity == entity);
        let opened = documents
            .clone()
            .map(|document| file(&document.document))
            .collect::<BTreeSet<_>>();
        assert_eq!(&opened, names, "{entity}");
        assert_eq!(
            documents.map(|document| document.items).sum::<u64>(),
            counts(&report, entity).source
        );
    }
    let single = letters.iter().filter(|name| name.ends_with(".eml")).count() as u64;
    assert!(counts(&report, Entity::Mail).source >= single);

    // What moved stands there: read back by jobs that know nothing of the first, against the files.
    let again = scene.run(&config.replace("'job'", "'again'")).await.unwrap();
    for entity in [Entity::Mail, Entity::Calendars, Entity::Contacts] {
        let (first, second) = (counts(&report, entity), counts(&again, entity));
        assert_eq!(
            (second.moved, second.present),
            (0, first.moved + first.present),
            "{entity}"
        );
    }
    // What did not move is kept, octet for octet.
    for work in report.worklist.iter().filter(|work| work.entity == Entity::Mail) {
        if let Some(original) = &work.original {
            let kept = fs::read(scene.path("job").join(original)).unwrap();
            let name = work.item.trim_start_matches("file:");
            if letters.contains(name) {
                assert_eq!(
                    kept,
                    fs::read(scene.path("mail/anna/Corpus").join(name)).unwrap(),
                    "{name}"
                );
            }
        }
    }
}

fn file(document: &str) -> String {
    document.rsplit('/').next().unwrap_or(document).to_owned()
}
