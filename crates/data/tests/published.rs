//! Finding published sets, telling what is there, and what is said where a set is absent.

mod fixtures;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use data::{CATALOGUE, DataDirs, DataError, DataSpec, Event, IDX_FILES, Origin, Verification, presence};
use fixtures::{gzip, idx, real_data, write};

fn mnist() -> DataSpec {
    DataSpec::named("mnist")
}

/// Files that look like MNIST's, with `count` images in each part.
fn imitation(folder: &Path, count: u32) {
    for (name, file) in IDX_FILES.iter().enumerate() {
        let bytes = match name % 2 {
            0 => idx(0x803, &[count, 28, 28], &vec![9; count as usize * 784]),
            _ => idx(0x801, &[count], &vec![3; count as usize]),
        };
        write(&folder.join(format!("{file}.gz")), &gzip(&bytes));
    }
}

#[test]
fn every_named_set_is_described() {
    for set in CATALOGUE {
        assert_eq!(data::find(set.name).map(|found| found.name), Some(set.name));
        assert!(!set.description.is_empty() && !set.classes.is_empty(), "{}", set.name);
        DataSpec { valid: None, ..DataSpec::named(set.name) }.check().unwrap();
        if let Origin::Published { files, mirrors, .. } = &set.origin {
            assert!(files.iter().map(|file| file.name).eq(IDX_FILES));
            assert!(mirrors.iter().all(|mirror| mirror.starts_with("http") && mirror.ends_with('/')));
        }
    }
}

#[test]
fn a_folder_named_by_hand_comes_before_the_others_and_may_hold_the_files_itself() {
    let root = tempfile::tempdir().unwrap();
    let (by_hand, by_environment) = (root.path().join("hand"), root.path().join("env"));
    imitation(&by_environment.join("mnist"), 12);
    let mut dirs = DataDirs { environment: Some(by_environment), offline: true, ..DataDirs::only(&by_hand) };
    let spec = DataSpec { valid: Some(data::Validation::Test), ..mnist() };
    let count = |dirs: &DataDirs| data::open(&spec, dirs, &mut |_| ()).unwrap().train.len();
    assert_eq!(count(&dirs), 12);
    imitation(&by_hand, 14);
    assert_eq!(count(&dirs), 14);
    imitation(&by_hand.join("mnist"), 16);
    assert_eq!(count(&dirs), 16);
    dirs.explicit = None;
    assert_eq!(count(&dirs), 12);
}

#[test]
fn files_of_ones_own_are_read_with_a_warning() {
    let root = tempfile::tempdir().unwrap();
    imitation(root.path(), 12);
    let mut differing = Vec::new();
    let splits = data::open(
        &DataSpec { valid: Some(data::Validation::Test), ..mnist() },
        &DataDirs::only(root.path()),
        &mut |event| {
            if let Event::Differs { file, .. } = event {
                differing.push(file.to_path_buf());
            }
        },
    )
    .unwrap();
    assert_eq!(differing.len(), 4);
    assert!(splits.train.files().iter().all(|file| file.verification == Verification::Differs));
}

#[test]
fn an_absent_set_says_where_it_looked_and_what_to_do() {
    let root = tempfile::tempdir().unwrap();
    let dirs = DataDirs { cache: Some(root.path().join("cache")), ..DataDirs::only(root.path()) };
    let error = data::open(&mnist(), &dirs, &mut |_| ()).unwrap_err();
    let message = error.to_string();
    let folder = root.path().join("mnist").display().to_string();
    let url = "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz";
    for part in [&folder, url, "downloading is off", "cache", "--data-dir", "LATENTLAB_DATA"] {
        assert!(message.contains(part), "{part} in\n{message}");
    }
    let DataError::Absent(absent) = error else { panic!("{message}") };
    assert_eq!((absent.urls.len(), absent.attempts.len(), absent.folders.len()), (4, 0, 4));
}

#[test]
fn a_failed_download_says_what_was_tried() {
    let root = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dirs = DataDirs {
        explicit: Some(root.path().into()),
        mirrors: Some(vec![format!("http://{free}/a/"), format!("http://{free}/b")]),
        ..DataDirs::default()
    };
    let message = data::open(&mnist(), &dirs, &mut |_| ()).unwrap_err().to_string();
    let url = format!("http://{free}/a/mnist/train-images-idx3-ubyte.gz: ");
    assert!(message.contains("downloading it failed") && message.contains(&url), "{message}");
}

#[test]
fn real_mnist_is_verified_and_downloads_as_it_is() {
    let Some(folder) = real_data() else { return };
    let here = DataDirs::only(&folder);
    let splits = data::open(&mnist(), &here, &mut |event| panic!("{event:?}")).unwrap();
    assert!(splits.train.files().iter().all(|file| file.verification == Verification::Verified));
    assert_eq!(splits.train.labels().unwrap()[..5], [5, 0, 4, 1, 9]);

    let mirror = serve(&folder.join("mnist"));
    let root = tempfile::tempdir().unwrap();
    let dirs =
        DataDirs { explicit: Some(root.path().into()), mirrors: Some(vec![mirror]), ..DataDirs::default() };
    let mut received = HashMap::new();
    let downloaded = data::open(&mnist(), &dirs, &mut |event| {
        if let Event::Downloading { file, received: bytes, .. } = event {
            received.insert(file.to_string(), bytes);
        }
    })
    .unwrap();
    assert_eq!(received.len(), 4);
    assert_eq!(downloaded.test.files()[0].sha256, splits.test.files()[0].sha256);
    let there = presence(&DataDirs::only(root.path()));
    let mnist = there.iter().find(|present| present.set.name == "mnist").unwrap();
    assert!(
        mnist.is_ready()
            && mnist.files.iter().all(|(path, bytes)| {
                path.starts_with(root.path().join("mnist")) && received.values().any(|known| known == bytes)
            })
    );
}

#[test]
fn one_set_is_not_taken_for_another() {
    let Some(folder) = real_data() else { return };
    let dirs = DataDirs::only(folder.join("mnist"));
    let error = data::open(&DataSpec::named("fashion-mnist"), &dirs, &mut |_| ()).unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, DataError::OtherFile { .. }), "{message}");
    assert!(message.contains("holds the bytes of mnist/"), "{message}");
}

#[test]
fn what_is_absent_is_not_ready() {
    let root = tempfile::tempdir().unwrap();
    for present in presence(&DataDirs::only(root.path())) {
        assert_eq!(present.is_ready(), present.set.origin == Origin::Drawn);
        assert_eq!(present.download_to.is_some(), present.set.origin != Origin::Drawn);
    }
}

/// Serves `/mnist/FILE` from a folder on loopback; gives the address.
fn serve(folder: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let folder = folder.to_path_buf();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let request = lines.next().unwrap();
            lines.find(String::is_empty);
            let name = request.split(['/', ' ']).find(|part| part.ends_with(".gz")).unwrap();
            let bytes = std::fs::read(folder.join(name)).unwrap();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes)).unwrap();
        }
    });
    format!("http://{address}")
}
