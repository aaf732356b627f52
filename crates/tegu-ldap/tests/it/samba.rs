//! Samba as an Active Directory domain controller: single-valued `mail`, UTF-8, TLS before a password.

use secrecy::SecretString;
use tegu_ldap::check::{self, CheckOptions};
use tegu_ldap::client::{AttributeSet, Client, Endpoint, SearchLimits};
use tegu_ldap::{Directory, Plan, Profile, plan};
use tegu_testkit::SambaAd;

use super::sample;

async fn read(samba: &SambaAd) -> Directory {
    let pem = std::fs::read(samba.ca_pem()).unwrap();
    let endpoint = Endpoint::new(&samba.ldap_url())
        .unwrap()
        .with_start_tls()
        .unwrap();
    let endpoint = endpoint.with_extra_roots_pem(&pem).unwrap();
    let password = SecretString::from(samba.password());
    let mut client = Client::connect(&endpoint, &samba.bind_dn(), password)
        .await
        .unwrap();
    let entries = client
        .search(
            samba.base_dn(),
            &AttributeSet::exchange(),
            &SearchLimits::default(),
        )
        .await
        .unwrap();
    Directory::from_entries(entries)
}

fn planned(directory: &Directory) -> Plan {
    let profile = Profile::builtin("samba").unwrap();
    let options = CheckOptions::new().with_profile(profile.clone());
    plan::plan(directory, &profile, &check::run(directory, &options))
}

#[tokio::test]
async fn a_plan_applies_once_and_is_undone() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let samba = SambaAd::start();
    samba.load_ldif(&sample::organisation(samba.base_dn(), true));
    let before = read(&samba).await;
    assert!(
        before.accounts().iter().all(|a| a.id().len() == 36),
        "objectGUID is the identity"
    );
    // krbtgt and the like are recognised.
    assert!(!before.set_aside().is_empty());
    let plan = planned(&before);
    let people: Vec<_> = plan
        .changes()
        .iter()
        .map(|c| c.dn().first_value().unwrap())
        .collect();
    assert_eq!(people.len(), 4, "{people:?}");
    samba.ldapmodify(&plan.apply_ldif().unwrap());
    let after = read(&samba).await;
    assert!(planned(&after).is_empty());
    samba.ldapmodify(&plan.undo_ldif().unwrap());
    let undone = read(&samba).await;
    assert_eq!(
        serde_json::to_value(&before).unwrap(),
        serde_json::to_value(&undone).unwrap()
    );
}
