//! The program, as an administrator types it.

use crate::{TEGU, sample, scene::Scene};
use serde_json::Value;
use std::{
    fs,
    process::{Command, Output},
};
use tegu_migrate::routing::{Sheets, Stages};

fn migrate(scene: &Scene, arguments: &[&str]) -> Output {
    let path = |word: &&str| {
        if word.contains('.') {
            scene.path(word).into_os_string()
        } else {
            word.into()
        }
    };
    Command::new(TEGU)
        .args(arguments.iter().map(path))
        .current_dir(scene.root.path())
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

fn organisation(scene: &Scene, more: &str) {
    sample::write(&scene.path("")).unwrap();
    let config = fs::read_to_string(scene.path("migrate.toml"))
        .unwrap()
        .replace("../bundle", "bundle");
    scene.write(
        "migrate.toml",
        config.replace(
            "profile = \"openldap\"",
            &format!("profile = \"openldap\"\n{more}"),
        ),
    );
}

#[test]
fn plan_run_status_report() {
    let scene = Scene::new();
    organisation(&scene, "");
    let config = "migrate.toml";
    let status = migrate(&scene, &["status", config, "--json"]);
    assert_eq!((status.status.code(), json(&status)), (Some(0), Value::Null));

    let planned = migrate(&scene, &["plan", config, "--json", "--save", "plan.json"]);
    assert_eq!(
        planned.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&planned.stderr)
    );
    assert_eq!(json(&planned)["accounts"].as_array().unwrap().len(), 14);
    assert!(!scene.path("bundle").exists());
    let said = migrate(&scene, &["plan", config]);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.contains("DAV-TZ-UNKNOWN") && said.contains("(assumed)"),
        "{said}"
    );

    let ran = migrate(&scene, &["run", config, "--json", "--plan", "plan.json"]);
    assert_eq!(
        ran.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert_eq!(json(&ran)["plan"]["deviations"], Value::Array(vec![]));
    let compared = migrate(&scene, &["plan", config, "--json", "--compare", "plan.json"]);
    assert!(!json(&compared)["changes"].as_array().unwrap().is_empty());

    let status = migrate(&scene, &["status", config, "--json"]);
    assert_eq!(
        (status.status.code(), &json(&status)["balances"]),
        (Some(3), &Value::Bool(true))
    );
    fs::remove_file(scene.path("bundle/report.html")).unwrap();
    let report = migrate(&scene, &["report", config]);
    assert_eq!(report.status.code(), Some(3));
    assert!(scene.path("bundle/report.html").exists());

    for wrong in [
        &["plan"][..],
        &["plan", config, "--ouch"],
        &["run", config, "x.toml"],
        &["status", config, "--save", "x"],
    ] {
        let output = migrate(&scene, wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    // A report that no run wrote is refused, in one line.
    let written = fs::read_to_string(scene.path("bundle/report.json")).unwrap();
    for (hostile, why) in [
        ("{\"version\":99}".to_owned(), "version 99"),
        (
            written.replacen("\"moved\": 0", "\"moved\": 18446744073709551615", 1),
            "more items than there can be",
        ),
        (written.replacen("\"manual\"", "\"manuel\"", 1), "manual"),
        (written.chars().take(3_000).collect(), "EOF"),
        ("[".repeat(100_000), "report.json"),
    ] {
        scene.write("bundle/report.json", hostile);
        for command in ["report", "status"] {
            let output = migrate(&scene, &[command, config]);
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{why}: {said}");
            assert!(said.contains(why) && said.lines().count() == 1, "{why}: {said}");
        }
    }
}

#[test]
fn waves_from_plan_to_cut_over() {
    let scene = Scene::new();
    let more = "permissions = [\"rights.csv\"]\n[coexistence]\nexchange = \"exchange.romashka.test\"\ntegu = \"mail.romashka.test\"\n\
        tegu_domain = \"tegu.romashka.test\"\n[[waves]]\nname = \"пилот\"\naccounts = [\"a.ivanova@*\", \"b.petrov@*\"]\n\
        [[waves]]\nname = \"rest\"\naccounts = [\"*\"]\n[letters]\nfrom = \"it@romashka.test\"\nname = \"ИТ\"\nlanguage = \"ru\"\n";
    organisation(&scene, more);
    scene.write(
        "rights.csv",
        "Identity,User,AccessRights,IsInherited,Deny\n\
         a.ivanova@romashka.test,v.sidorova@romashka.test,FullAccess,False,False\n\
         d.smirnova@romashka.test,e.popov@romashka.test,FullAccess,False,False\n\
         d.smirnova@romashka.test,NT AUTHORITY\\SELF,FullAccess,False,False\n",
    );
    let config = "migrate.toml";
    let waves = migrate(&scene, &["wave", config, "--json"]);
    let said = json(&waves);
    assert_eq!(said["waves"][0]["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(said["waves"][1]["stages"]["planned"], 12);
    assert_eq!(said["groups"].as_array().unwrap().len(), 2);
    let split = said["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["code"] == "COEX-GROUP-SPLIT");
    assert_eq!(split.count(), 1, "{said}");

    // Nobody is cut over who was not copied.
    let early = migrate(&scene, &["wave", config, "--wave", "пилот", "--to", "cut-over"]);
    assert_eq!(early.status.code(), Some(1));
    assert!(
        String::from_utf8(early.stderr)
            .unwrap()
            .contains("is planned, which cannot become cut-over")
    );
    assert!(!scene.path("bundle").exists());

    let ran = migrate(&scene, &["run", config, "--wave", "пилот", "--json"]);
    assert_eq!(
        json(&ran)["accounts"].as_array().unwrap().len(),
        2,
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert_eq!(fs::read_dir(scene.path("bundle/letters")).unwrap().count(), 2);
    let cut = migrate(
        &scene,
        &["wave", config, "--wave", "пилот", "--to", "cut-over", "--json"],
    );
    assert_eq!(
        cut.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&cut.stderr)
    );
    assert_eq!(json(&cut)["proof"]["findings"], Value::Array(vec![]));
    let folder = Sheets::folder(&scene.path("bundle"), "пилот").unwrap();
    let sheet = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert!(sheet("transport").contains("\na.ivanova@mail.romashka.test smtp:[mail.romashka.test]:25\n"));
    assert!(sheet("transport").contains("\nall@romashka.test smtp:[exchange.romashka.test]:25\n"));
    assert!(sheet("exchange.ps1").contains("-Identity 'b.petrov@romashka.test' -ForwardingSmtpAddress 'smtp:b.petrov=romashka.test@tegu.romashka.test'"));
    assert_eq!(sheet("exchange-undo.ps1").matches("Set-Mailbox").count(), 2);
    assert!(sheet("routing.csv").contains(
        "\"b.petrov@romashka.test\",\"b.petrov@romashka.test\",\"mailbox\",\"cut-over\",\"tegu\"\r\n"
    ));

    let back = migrate(
        &scene,
        &["wave", config, "--wave", "пилот", "--to", "rolled-back"],
    );
    assert_eq!(back.status.code(), Some(0));
    assert!(
        sheet("exchange.ps1").contains("-Identity 'b.petrov@romashka.test' -ForwardingSmtpAddress $null")
    );
    let stages = Stages::read_from(&scene.path("bundle")).unwrap();
    let steps = &stages.accounts["b.petrov@romashka.test"].steps;
    assert_eq!(
        steps.iter().map(|step| step.to.name()).collect::<Vec<_>>(),
        ["copying", "following", "cut-over", "rolled-back"]
    );

    // Who was rolled back is left alone until he is planned again.
    let again = migrate(&scene, &["run", config, "--wave", "пилот", "--json"]);
    assert_eq!(json(&again)["accounts"], Value::Array(vec![]));
    let left = json(&again)["exceptions"].as_array().unwrap().clone();
    assert!(
        left.iter()
            .any(|one| one["scope"].as_str().unwrap().contains("b.petrov@romashka.test"))
    );

    // A directory in which two people have one address proves nothing, so nobody moves.
    let ldif = fs::read_to_string(scene.path("directory.ldif")).unwrap();
    let doubled = ldif.replace(
        "smtp:v.sidorova@mail.romashka.test",
        "smtp:e.popov@mail.romashka.test",
    );
    scene.write("directory.ldif", doubled);
    migrate(&scene, &["run", config, "--wave", "rest"]);
    let rest = migrate(
        &scene,
        &["wave", config, "--wave", "rest", "--to", "cut-over", "--json"],
    );
    assert_eq!(
        rest.status.code(),
        Some(4),
        "{}",
        String::from_utf8_lossy(&rest.stderr)
    );
    assert_eq!(
        Stages::read_from(&scene.path("bundle"))
            .unwrap()
            .stage("e.popov@romashka.test")
            .name(),
        "following"
    );
    assert!(!scene.path("bundle/waves/rest").exists());
}

/// A terminal obeys what names say, unless somebody stands between.
#[test]
fn names_do_not_reach_the_terminal_as_commands() {
    let scene = Scene::new();
    let hostile = "\u{1b}]0;pwned\u{7}\u{9b}31m\u{202e}evil";
    let head = scene.head("job");
    let ldif = fs::read_to_string(scene.path("directory.ldif")).unwrap();
    let name = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(hostile)
    };
    scene.write(
        "directory.ldif",
        ldif.replace(
            "displayName: Anna",
            &format!("displayName:: {name}\naltRecipient:: {name}"),
        ),
    );
    let folder = tegu_migrate::mbox::tree::encode_component(hostile);
    scene.write(
        &format!("mail/anna/{folder}/x.eml"),
        "Subject: \u{1b}]0;pwned\u{7}\r\n\r\nno end",
    );
    scene.write(
        &format!("contacts/anna/{folder}.vcf"),
        "no card \u{1b}]0;pwned\u{7}",
    );
    let quoted = serde_json::to_string(&format!("{hostile} job"))
        .unwrap()
        .replace("\\u009b", "");
    scene.write(
        "job.toml",
        format!(
            "{}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n\
             [contacts]\nsource = {{ kind = 'files', path = 'contacts/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n\
             [[policy.exclude]]\nlarger_than = '1 GiB'\nreason = {quoted}\n[[waves]]\nname = {quoted}\naccounts = ['*']\n",
            head.replace("'test'", &quoted)
        ),
    );
    for command in ["plan", "run", "status", "wave", "report", "plan"] {
        // `script` gives the program a terminal, so that its bars are drawn as well.
        let line = format!("'{}' {command} '{}'", TEGU, scene.path("job.toml").display());
        let output = Command::new("script")
            .args(["-qefc", &line, "/dev/null"])
            .output()
            .expect("script (Debian package bsdutils)");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(!said.is_empty(), "{command}");
        for part in ["\u{1b}]0;", "\u{9b}31m", "\u{202e}", "\u{7}"] {
            assert!(!said.contains(part), "{command}: {part:?} in {said:?}");
        }
    }
}

/// A job is the same job from wherever it is started, and its journal knows the bundle's folders from everywhere.
#[test]
fn the_working_directory_does_not_matter() {
    let scene = Scene::new();
    organisation(&scene, "");
    let absolute = scene.path("migrate.toml");
    let from = |directory: &std::path::Path, command: &str, config: &std::path::Path| {
        let output = Command::new(TEGU)
            .arg(command)
            .arg(config)
            .current_dir(directory)
            .output()
            .unwrap();
        let told =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), told)
    };
    fs::create_dir(scene.path("beside")).unwrap();
    let (run, told) = from(&scene.path(""), "run", "migrate.toml".as_ref());
    assert_eq!(run, Some(3), "{told}");
    let beside = scene.path("beside");
    for (directory, config) in [
        (std::path::Path::new("/"), absolute.as_path()),
        (&beside, std::path::Path::new("../migrate.toml")),
        (&scene.path(""), std::path::Path::new("./migrate.toml")),
    ] {
        let (verified, told) = from(directory, "verify", config);
        assert_eq!(verified, Some(0), "{}: {told}", config.display());
        assert!(told.contains(" 0 missing or changed"), "{told}");
        let (again, told) = from(directory, "run", config);
        assert_eq!(again, Some(3), "{}: {told}", config.display());
        assert!(told.contains("moved in this run: 0"), "{told}");
    }
    assert_eq!(fs::read_dir(&beside).unwrap().count(), 0);
}

#[test]
fn work_before_any_run_says_so() {
    let scene = Scene::new();
    organisation(&scene, "");
    let early = migrate(&scene, &["work", "migrate.toml"]);
    let told = String::from_utf8_lossy(&early.stderr);
    assert_eq!(early.status.code(), Some(5), "{told}");
    assert!(told.contains("no run has begun yet"), "{told}");
    migrate(&scene, &["run", "migrate.toml"]);
    let late = migrate(&scene, &["work", "migrate.toml", "--json"]);
    assert_eq!(
        (late.status.code(), json(&late)["pass"].as_str()),
        (Some(0), Some("finished"))
    );
}

/// Nobody but the owner reads what a run leaves, whatever the umask is.
#[test]
fn a_finished_job_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new();
    organisation(&scene, "");
    let run = Command::new("/bin/sh")
        .args(["-c", "umask 022; exec \"$@\"", "sh", TEGU, "run", "migrate.toml"])
        .current_dir(scene.root.path())
        .output()
        .unwrap();
    assert_eq!(
        run.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let (mut folders, mut files) = (vec![scene.path("bundle")], 0);
    while let Some(folder) = folders.pop() {
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
    }
    assert!(files > 20, "{files}");
}
