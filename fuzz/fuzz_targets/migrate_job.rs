//! What says whose directory a job's is, and how its run stands: taken or refused, each time the same. A refusal changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs;
use tegu_fuzz::{frugal, scratch};
use tegu_migrate::Standing;
use tegu_migrate::journal::Settings;

fuzz_target!(|data: &[u8]| {
    let job = scratch("job-directory");
    fs::create_dir_all(&job).expect("a scratch folder");
    let (marker, progress) = (job.join("job.json"), job.join("progress.json"));
    for file in [&marker, &progress] {
        fs::write(file, data).expect("a scratch file");
    }

    let read = || Standing::read_from(&job).map_err(|error| error.to_string());
    let standing = frugal(data.len(), read);
    assert_eq!(format!("{standing:?}"), format!("{:?}", read()));
    if let Ok(standing) = standing {
        let standing = standing.expect("the file is there");
        assert!(!standing.running, "nobody holds the lock");
    }

    let settings = Settings::new().identity("mail", "imaps://old.example.test -> imaps://new.example.test");
    let claim = |settings: &Settings| {
        tegu_migrate::fuzz_claim(&job, "example", settings).map_err(|error| error.to_string())
    };
    match frugal(data.len(), || claim(&settings)) {
        Ok(()) => {
            let taken = fs::read(&marker).expect("the marker");
            assert_eq!(claim(&settings), Ok(()));
            assert_eq!(
                fs::read(&marker).expect("the marker"),
                taken,
                "who comes back changes nothing"
            );
            let other =
                Settings::new().identity("mail", "imaps://old.example.test -> imaps://third.example.test");
            claim(&other).expect_err("another migration does not take a job's directory");
        }
        Err(first) => {
            assert_eq!(fs::read(&marker).expect("the marker"), data);
            assert_eq!(claim(&settings), Err(first));
        }
    }
});
