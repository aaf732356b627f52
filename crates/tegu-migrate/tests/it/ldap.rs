//! The same organisation from a live directory.

use crate::{
    sample,
    scene::{Scene, counts},
};
use tegu_migrate::{
    Entity,
    sources::{DirectorySource, LdapDirectory, LdifDirectory},
};
use tegu_testkit::{Microsocks, Slapd};

#[tokio::test]
async fn a_live_directory_says_what_its_export_says() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::builder().exchange_schema().start();
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    scene.write("password", slapd.password());
    let ldif = std::fs::read_to_string(scene.path("organisation/directory.ldif")).unwrap();
    slapd.load_ldif(&crate::slapd::for_slapd(&ldif, slapd.base_dn()));

    let password = tegu_migrate::SecretRef::File("password".into());
    let login = tegu_migrate::Login::password(slapd.bind_dn(), password).base(scene.root.path());
    let endpoint = tegu_ldap::client::Endpoint::new(&slapd.ldaps_url()).unwrap();
    let ca = std::fs::read(slapd.ca_pem()).unwrap();
    let endpoint = endpoint.tls(tegu_net::Tls::default().trust_pem(&ca).unwrap());
    let domains = ["romashka.test", "mail.romashka.test"];
    let live = LdapDirectory::new(endpoint, slapd.base_dn(), login, domains, "openldap").unwrap();
    let live = live.read().await.unwrap();
    let file = LdifDirectory::new(scene.path("organisation/directory.ldif"), domains, "openldap").unwrap();
    let file = file.read().await.unwrap();

    let known = |data: &tegu_migrate::sources::DirectoryData| {
        let mut accounts = data.accounts.clone();
        accounts.sort_by(|a, b| a.mail.cmp(&b.mail));
        accounts
            .into_iter()
            .map(|account| (account.id, account.mail, account.alias, account.display_name))
            .collect::<Vec<_>>()
    };
    assert_eq!(known(&live), known(&file));
    assert_eq!(known(&live).len(), sample::PEOPLE.len());

    let proxy = Microsocks::start();
    let config = format!(
        "name = 'x'\nout = 'job'\n[directory]\nldap = {{ url = '{}', base = '{}', bind_dn = '{}', ca = '{}', proxy = '{}', password = {{ file = 'password' }} }}\n\
         domains = ['romashka.test', 'mail.romashka.test']\nprofile = 'openldap'\n",
        slapd.ldaps_url(),
        slapd.base_dn(),
        slapd.bind_dn(),
        slapd.ca_pem().display(),
        proxy.url()
    );
    let report = scene.run(&config).await.unwrap();
    assert!(proxy.log().contains("127.0.0.1:"), "{}", proxy.log());
    let accounts = counts(&report, Entity::Accounts);
    assert_eq!((accounts.source, accounts.excluded), (15, 1));
    assert_eq!(counts(&report, Entity::Groups).source, 1);
    assert_eq!(counts(&report, Entity::DirectoryContacts).source, 1);
}
