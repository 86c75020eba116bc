//! What each error says.

use testing::every_kind;

use super::Error::{
    Claimed, Damaged, HoldsOther, HoldsRun, Io, Locked, Malformed, Name, NoCheckpoint, NotARun, Schema,
    TooLarge,
};
use super::*;

#[test]
fn every_error_says_where_what_and_what_is_allowed() {
    let path = || PathBuf::from("runs/a");
    let damaged = || Damaged { path: "last/w".into(), expected: "ab".into(), found: "cd".into() };
    let full = || io::Error::new(io::ErrorKind::StorageFull, "code 28");
    every_kind!(
        [
            Io { .. },
            HoldsRun { .. },
            HoldsOther { .. },
            Locked { .. },
            Claimed { .. },
            NotARun { .. },
            Schema { .. },
            Malformed { .. },
            TooLarge { .. },
            Damaged { .. },
            NoCheckpoint { .. },
            Name { .. },
        ],
        [
            (Error::io("write", &path())(full()), "runs/a: cannot write: the disk is full (code 28)"),
            (
                HoldsRun { path: path() },
                "runs/a: holds a run already; name another folder, or allow it to be overwritten",
            ),
            (
                HoldsOther { path: path(), entry: "thesis.tex".into() },
                "runs/a: holds \"thesis.tex\" and perhaps more, but no run (no manifest.json); a new run needs a new \
                 or empty folder",
            ),
            (
                Locked { path: path(), holder: "process 7 on far-away".into() },
                "runs/a: another process is working on this run: process 7 on far-away",
            ),
            (
                Claimed { path: "runs/a/claim".into(), holder: "process 7 on far-away".into() },
                "another process has claimed this run, on a file system without locks: process 7 on far-away; if it no \
                 longer runs, remove runs/a/claim",
            ),
            (
                NotARun { path: path(), reason: "there is no such folder".into() },
                "runs/a: is not a run: there is no such folder",
            ),
            (
                Schema { path: path(), found: 2, known: 1 },
                "runs/a: has schema 2, this program reads schema 1; a newer latentlab wrote it",
            ),
            (
                Schema { path: path(), found: 0, known: 1 },
                "runs/a: has schema 0, this program reads schema 1; no latentlab ever wrote that",
            ),
            (
                Malformed { path: path(), line: 3, column: 4, reason: "expected value".into() },
                "runs/a: line 3, column 4: expected value",
            ),
            (
                TooLarge { path: path(), bytes: 17, limit: 16 },
                "runs/a: has 17 bytes or more, but no latentlab writes more than 16 under this name",
            ),
            (damaged(), "last/w: is damaged: expected SHA-256 ab, found cd"),
            (NoCheckpoint { path: path(), tried: vec![] }, "runs/a: no usable checkpoint"),
            (
                NoCheckpoint { path: path(), tried: vec![damaged(), HoldsRun { path: "b".into() }] },
                "runs/a: no usable checkpoint; last/w: is damaged: expected SHA-256 ab, found cd; b: holds a run \
                 already; name another folder, or allow it to be overwritten",
            ),
            (
                Name { what: "figure", name: "../up".into() },
                "\"../up\": is not a name for a figure: 1 to 64 of a–z, 0–9, '-' and '_' are allowed",
            ),
        ]
    );
}

#[test]
fn the_disk_s_state_is_said_in_words() {
    let message = |kind: io::ErrorKind| Error::io("write", Path::new("runs/a/x"))(kind.into()).to_string();
    for (kind, words) in [
        (io::ErrorKind::StorageFull, "the disk is full ("),
        (io::ErrorKind::QuotaExceeded, "your disk quota is used up ("),
        (io::ErrorKind::ReadOnlyFilesystem, "the disk is read-only ("),
        (io::ErrorKind::PermissionDenied, "permission denied ("),
        (io::ErrorKind::NotFound, "it does not exist ("),
        (io::ErrorKind::AlreadyExists, "something of that name is in the way ("),
        (io::ErrorKind::NotADirectory, "a part of the path is a file, not a folder ("),
        (io::ErrorKind::IsADirectory, "it is a folder, not a file"),
    ] {
        assert!(message(kind).starts_with(&format!("runs/a/x: cannot write: {words}")), "{kind}");
    }
}
