//! Files that were made to hurt: headers that promise too much, archives that unpack to too much, names and kinds
//! of files that nobody expects. Each gets a message that names the file and what was expected.

mod fixtures;

use std::path::Path;

use data::{
    DataDirs, DataError, ImageShape, PictureOptions, TableOptions, load_pictures, load_points, survey,
};
use fixtures::{deflated, gzip, idx, idx_images, npy, npz, open_path, png, write};

/// What reading `path` says, without the folder's name.
fn message<T>(folder: &Path, result: Result<T, DataError>) -> String {
    let Err(error) = result else { return "nothing".into() };
    error
        .to_string()
        .replace(&format!("{}/", folder.display()), "")
        .replace(&folder.display().to_string(), ".")
}

fn picture(path: &Path) -> Result<data::Dataset, DataError> {
    load_pictures(path, &PictureOptions::new(ImageShape::new(8, 8, 1)), &DataDirs::default())
}

/// An `.npz` file of one array, whose lengths in its directory and before its bytes are overwritten.
fn lying(array: &[u8], packed: Option<u32>, size: Option<u32>) -> Vec<u8> {
    let mut bytes = npz(&[("x", array.to_vec())]);
    let central = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    for (at, value) in [(18, packed), (22, size), (central + 20, packed), (central + 24, size)] {
        if let Some(value) = value {
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
    }
    bytes
}

#[test]
fn arrays_that_promise_what_they_do_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    let empty = npy("|u1", "False", "(0, 1099511627776, 1099511627776)", &[]);
    let good = npy("|u1", "False", "(20, 2, 2)", &[0; 80]);
    let small = npy("|u1", "False", "(2, 2, 2)", &[0; 8]);
    let zeros = npy("|u1", "False", "(2, 2, 2)", &[0; 1 << 20]);
    let many: Vec<(String, Vec<u8>)> = (0..3000).map(|i| (format!("../../array-{i}"), Vec::new())).collect();
    let many: Vec<(&str, Vec<u8>)> =
        many.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("x.npy", vec![], "x.npy: not a NumPy array: it ends inside its header"),
        ("x.npz", vec![], "x.npz: the archive is damaged: "),
        ("x.npy", empty, "x.npy: shape [0, 1099511627776, 1099511627776]: must be "),
        ("x.npy", npy("<f4", "False", "(18446744073709551616, 2, 2)", &[]), "x.npy: not a NumPy array: "),
        ("x.npy", npy("<f4", "False", "(-1, 2, 2)", &[]), "x.npy: not a NumPy array: "),
        ("x.npy", npy("<f4", "False", "(2.0, 2, 2)", &[0; 32]), "x.npy: not a NumPy array: "),
        ("x.npy", npy("<f4", "False", "()", &[0; 4]), "x.npy: shape []: must be "),
        ("x.npy", npy("<c8", "False", "(2, 2)", &[0; 32]), "x.npy: element type <c8: must be "),
        ("x.npy", npy("", "False", "(2, 2)", &[0; 4]), "x.npy: "),
        (
            "x.npy",
            gzip(&npy("|u1", "False", "(1073741824, 28, 28)", &[])),
            "x.npy: the header promises 841813590016 bytes",
        ),
        // A directory that says that a few bytes unpack to four gigabytes, or were four gigabytes.
        ("x.npz", lying(&good, None, Some(u32::MAX - 1)), "x.npz: array x: the archive is damaged: "),
        (
            "x.npz",
            lying(&good, Some(u32::MAX - 1), Some(u32::MAX - 1)),
            "x.npz: array x: the archive is damaged: ",
        ),
        ("x.npz", lying(&good, None, Some(10)), "x.npz: array x: "),
        // One that says less than there is: what comes behind is never unpacked.
        (
            "x.npz",
            lying(&zeros, None, Some(small.len() as u32)),
            "x.npz: array x: the header promises 8 bytes of values, but 9 are there",
        ),
        (
            "x.npz",
            npz(&[("x", zeros)]),
            "x.npz: array x: the header promises 8 bytes of values, but 1048576 are there",
        ),
        ("x.npz", npz(&many), "x.npz: "),
    ];
    for (name, bytes, expected) in cases {
        let path = folder.path().join(name);
        write(&path, &bytes);
        for message in [
            message(folder.path(), open_path(&path)),
            message(folder.path(), load_points(&path, &TableOptions::default())),
        ] {
            assert!(message.starts_with(expected) && message.len() < 2000, "{expected}\n{message}");
        }
    }
    // No name in an archive is ever a path on the disk.
    assert_eq!(folder.path().read_dir().unwrap().count(), 2);
    assert!(!folder.path().join("../../array-0.npy").exists());
}

#[test]
fn idx_files_that_unpack_to_more_than_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train-images-idx3-ubyte.gz");
    for (bytes, expected) in [
        (
            gzip(&[idx_images(2), vec![0; 1 << 22]].concat()),
            "at byte 28: more bytes follow than the header promises",
        ),
        (gzip(&idx(0x803, &[u32::MAX, 1, 1], &[])), "at byte 16: the header promises 4294967295 bytes"),
        (gzip(&gzip(&idx_images(2))), "at byte 0: magic number 0x1f8b"),
        (gzip(&[]), "at byte 0: truncated: 4 bytes should follow, 0 do"),
        (vec![0x1f, 0x8b], "at byte 0: truncated: 4 bytes should follow, 0 do"),
        (
            idx(0x0308_0000, &[1, 1, 1], &[1]),
            "at byte 0: magic number 0x03080000 is not that of an IDX file of images",
        ),
    ] {
        write(&path, &bytes);
        let message = message(folder.path(), open_path(folder.path()));
        assert!(message.starts_with(&format!("train-images-idx3-ubyte.gz: {expected}")), "{message}");
    }
}

#[test]
fn pictures_that_promise_what_they_do_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    let pixels = deflated(&[0; 65]);
    let data = ("IDAT", &pixels[..]);
    let mut jpeg = std::io::Cursor::new(Vec::new());
    image::GrayImage::new(8, 8).write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let jpeg = jpeg.into_inner();
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    let sized = |height: u16, width: u16| {
        let mut bytes = jpeg.clone();
        bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        bytes
    };
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (vec![], "it is empty"),
        (b"GIF89a\x01\0\x01\0".to_vec(), "a broken image: "),
        (b"RIFF\x20\0\0\0WEBPVP8 ".to_vec(), "a broken image: "),
        (b"II*\0\xff\xff\xff\xff".to_vec(), "a broken image: its directory of pages is cut short"),
        (b"II*\0\x08\0\0\0\0\0\x08\0\0\0".to_vec(), "a broken image: its directory of pages leads back"),
        (b"BM".to_vec(), "a broken image: "),
        (b"P5 99999 99999 255\n".to_vec(), ""),
        (b"<!DOCTYPE html>".to_vec(), "a web page"),
        (png(8, 8, 8, 0, &[]), "a broken image: "),
        (png(0, 8, 8, 0, &[data]), "a broken image: "),
        (png(8, 8, 3, 0, &[data]), "a broken image: "),
        (png(8, 8, 8, 3, &[data]), "a broken image: "),
        (png(8, 9, 8, 0, &[data]), "a broken image: "),
        // Found by fuzzing: the decoder took a palette to hold whole colours, and panicked.
        (png(8, 8, 8, 3, &[("PLTE", &[7; 49]), data]), "a broken image: its palette has 49 bytes, "),
        (png(8, 8, 8, 3, &[("PLTE", &[7; 771]), data]), "a broken image: "),
        (
            png(u32::MAX >> 1, u32::MAX >> 1, 8, 0, &[data]),
            "larger than 32768 pixels a side or 512 MiB in memory",
        ),
        (png(32_768, 32_768, 16, 6, &[data]), "a broken image: its "),
        (png(32_768, 1, 1, 0, &[data]), "a broken image: "),
        (sized(0xffff, 0xffff), "larger than 32768 pixels a side or 512 MiB in memory"),
        (sized(30_000, 30_000), "a broken image: its "),
        (sized(0, 8), "a broken image: "),
        (sized(8, 0), "a broken image: "),
        (jpeg[..jpeg.len() - 2].to_vec(), "a broken image: it ends too early"),
    ];
    let path = folder.path().join("x.png");
    for (bytes, expected) in cases {
        write(&path, &bytes);
        let message = message(folder.path(), picture(&path));
        assert!(message.starts_with(&format!("x.png: {expected}")), "{expected}\n{message}");
    }
}

#[test]
fn tables_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    let nul = [0; 64];
    let wide: Vec<u8> = "a,".repeat(1 << 16).into_bytes();
    let cases: [(&[u8], &str); 8] = [
        (b"1,2\n3,\xff\n", "line 2: is not text in UTF-8: save it in that encoding"),
        (b"\xff\xfe1\0,\x002\0", "line 1: is text in UTF-16: save it in UTF-8 (\"CSV UTF-8\")"),
        (b"1,2\n3,1e999\n", "line 2: column 2 is \"1e999\": must be a finite number"),
        (b"1,2\n3,-inf\n", "line 2: column 2 is \"-inf\": must be a finite number"),
        (b"1,2\n\"3,4\n5,6\n", "line 2: 1 cells where the first line has 2"),
        (b"a,b\n\n\n", "line 1: holds no rows of numbers"),
        (&nul, "line 1: holds no rows of numbers"),
        (&wide, "line 1: holds no rows of numbers"),
    ];
    for (bytes, expected) in cases {
        write(&path, bytes);
        assert_eq!(
            message(folder.path(), load_points(&path, &TableOptions::default())),
            format!("x.csv: {expected}")
        );
    }
}

#[test]
fn folders_in_the_place_of_files() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x.csv", "x.npy", "x.npz"] {
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        let expected = format!("{name}: cannot open: it is a folder, not a file");
        assert_eq!(message(folder.path(), load_points(&path, &TableOptions::default())), expected);
        let expected =
            format!("{name}: holds no images of a kind that is read (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM)");
        assert_eq!(message(folder.path(), open_path(&path)), expected);
        assert_eq!(message(folder.path(), picture(&path)), expected);
    }
    std::fs::create_dir(folder.path().join("train-images-idx3-ubyte")).unwrap();
    assert!(message(folder.path(), open_path(folder.path())).starts_with(".: holds no images"));
}

#[cfg(unix)]
#[test]
fn pipes_loops_devices_and_files_of_others() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let pipe = |name: &str| {
        let made = std::process::Command::new("mkfifo").arg(at(name)).status();
        assert!(made.unwrap().success());
    };
    for kind in ["npy", "npz", "csv", "png"] {
        let read = |path: &Path| match kind {
            "png" => message(folder.path(), picture(path)),
            "csv" => message(folder.path(), load_points(path, &TableOptions::default())),
            _ => message(folder.path(), open_path(path)),
        };
        // Nobody writes into the pipe: reading it would wait for ever.
        pipe(&format!("pipe.{kind}"));
        let expected = format!("pipe.{kind}: cannot open: it is a pipe or a device, not a file");
        assert_eq!(read(&at(&format!("pipe.{kind}"))), expected);
        symlink("/dev/zero", at(&format!("zero.{kind}"))).unwrap();
        let expected = format!("zero.{kind}: cannot open: it is a pipe or a device, not a file");
        assert_eq!(read(&at(&format!("zero.{kind}"))), expected);
        symlink(format!("loop.{kind}"), at(&format!("loop.{kind}"))).unwrap();
        assert!(read(&at(&format!("loop.{kind}"))).starts_with(&format!("loop.{kind}: cannot open: ")));
        symlink("nothing", at(&format!("broken.{kind}"))).unwrap();
        assert!(read(&at(&format!("broken.{kind}"))).starts_with(&format!("broken.{kind}: cannot open: ")));

        let closed = at(&format!("closed.{kind}"));
        write(&closed, b"1,2\n");
        std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).unwrap();
        if std::fs::File::open(&closed).is_ok() {
            eprintln!("skipped: closed.{kind}: this user may read every file");
        } else {
            assert!(read(&closed).starts_with(&format!("closed.{kind}: cannot open: ")));
        }
        std::fs::remove_file(&closed).unwrap();
    }
    // In a folder they are no images, and a folder that leads back to itself is looked at once.
    symlink(".", at("again")).unwrap();
    let error = survey(folder.path(), None, false).unwrap_err();
    assert!(message::<()>(folder.path(), Err(error)).contains("holds no images of a kind"));
    image::GrayImage::new(4, 4).save(at("one.png")).unwrap();
    assert_eq!(survey(folder.path(), None, false).unwrap().images, 1, "what leads back is not read again");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let odd = |bytes: &'static [u8]| std::ffi::OsStr::from_bytes(bytes);
    let class = folder.path().join(odd(b"caf\xe9"));
    std::fs::create_dir(&class).unwrap();
    for i in 0..9 {
        let mut name = odd(b"\xff\xfe").to_os_string();
        name.push(format!("{i}.png"));
        image::GrayImage::new(4, 4).save_with_format(class.join(name), image::ImageFormat::Png).unwrap();
    }
    let splits = open_path(folder.path()).unwrap();
    assert_eq!(splits.train.classes(), ["caf\u{fffd}"]);
    let path = class.join(odd(b"\xff.npy"));
    write(&path, b"none");
    let text = open_path(&path).unwrap_err().to_string();
    assert!(text.contains("caf\u{fffd}/\u{fffd}.npy: not a NumPy array"), "{text}");
}
