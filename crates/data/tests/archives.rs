//! Tar archives of images in WebDataset's layout, one or many.

mod fixtures;

use std::io::Cursor;
use std::path::Path;

use data::{DataDirs, DataError, DataSpec, Dataset, ImageShape, PictureOptions, Splits, load_pictures};
use fixtures::{gzip, image, open_path, write};
use image::{GrayImage, ImageFormat, Luma};
use testing::survive;

/// A PNG of 6 × 5 pixels that differs from all others.
fn png(seed: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let pixel = |x, y| Luma([((x * 31 + y * 57 + seed * 13) % 251) as u8]);
    GrayImage::from_fn(6, 5, pixel).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A tar archive of files.
fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        // As it is written, whatever leads out of the archive.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, bytes.as_slice()).unwrap();
    }
    archive.into_inner().unwrap()
}

/// Samples from `first` on, with classes in `.cls` files.
fn samples(first: u32, count: u32) -> Vec<u8> {
    let names: Vec<[String; 2]> =
        (first..first + count).map(|i| ["png", "cls"].map(|ending| format!("{i:04}.{ending}"))).collect();
    let files = names.iter().zip(first..).flat_map(|([picture, class], i)| {
        [(picture.as_str(), png(i)), (class.as_str(), format!("{}\n", i % 3).into_bytes())]
    });
    tar(&files.collect::<Vec<_>>())
}

fn names(set: &Dataset) -> Vec<String> {
    (0..set.len()).map(|i| set.file_name(i).unwrap().to_owned()).collect()
}

fn open_with(path: &Path, change: impl FnOnce(&mut DataSpec)) -> Result<Splits, DataError> {
    let mut spec = DataSpec { path: Some(path.into()), ..DataSpec::default() };
    change(&mut spec);
    data::open(&spec, &DataDirs::default(), &mut |_| ())
}

#[test]
fn archives_hold_what_folders_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for i in 0..30 {
        write(&at(&format!("files/{}/{i:04}.png", i % 3)), &png(i));
    }
    write(&at("one.tar"), &samples(0, 30));
    for part in 0..3 {
        write(&at(&format!("parts/set-{part:06}.tar")), &samples(part * 10, 10));
    }
    let whole = |path: &Path| open_path(path).unwrap().train.whole();
    let (files, one) = (whole(&at("files")), whole(&at("one.tar")));
    let (parts, braces) = (whole(&at("parts")), whole(&at("parts/set-{000000..000002}.tar")));
    for set in [&one, &parts, &braces] {
        assert_eq!((set.len(), set.classes()), (30, files.classes()));
        for i in 0..30 {
            // Folders have their classes one after the other.
            let of_files = (0..30).find(|at| files.file_name(*at).unwrap().ends_with(&format!("{i:04}.png")));
            assert_eq!(
                (image(set, i), set.class(i)),
                (image(&files, of_files.unwrap()), files.class(of_files.unwrap()))
            );
        }
    }
    assert_eq!((one.name(), parts.name(), braces.name()), ("one", "parts", "set"));
    assert_eq!(names(&one)[..2], ["one.tar/0000", "one.tar/0001"]);
    assert_eq!(names(&parts)[9..11], ["set-000000.tar/0009", "set-000001.tar/0010"]);
    assert_eq!(names(&braces), names(&parts));
    // Some of them; and one that is not there.
    assert_eq!(whole(&at("parts/set-{000001..000002}.tar")).len(), 20);
    let missing = open_path(&at("parts/set-{000001..000003}.tar")).unwrap_err().to_string();
    assert!(missing.contains("set-000003.tar: cannot open: No such file"), "{missing}");
    // As pictures of the user's own, and by their headers alone.
    let options = PictureOptions::new(ImageShape::new(5, 6, 1));
    let pictures = load_pictures(&at("parts"), &options, &DataDirs::default()).unwrap();
    assert_eq!((image(&pictures, 29), pictures.len()), (image(&one, 29), 30));
    let survey = data::survey(&at("parts"), None, false).unwrap();
    assert_eq!((survey.images, survey.median, survey.uniform), (30, [5, 6], true));
}

#[test]
fn archives_that_are_too_large_for_memory_are_read_part_by_part() {
    let folder = tempfile::tempdir().unwrap();
    for part in 0..3 {
        write(&folder.path().join(format!("set-{part}.tar")), &samples(part * 10, 10));
    }
    let open = |memory| {
        let spec = DataSpec { path: Some(folder.path().into()), ..DataSpec::default() };
        data::open(&spec, &DataDirs { memory, ..DataDirs::default() }, &mut |_| ()).unwrap().train.whole()
    };
    let (there, on_disk) = (open(None), open(Some(100)));
    assert!(!there.is_on_disk() && on_disk.is_on_disk());
    assert_eq!(on_disk.bytes_in_memory(), 0);
    assert_eq!(there.files(), on_disk.files());
    (0..30).for_each(|i| assert_eq!(image(&there, i), image(&on_disk, i)));
}

#[test]
fn names_of_archives_are_splits() {
    let folder = tempfile::tempdir().unwrap();
    for (name, first, count) in
        [("train-000000", 0, 9), ("train-000001", 9, 9), ("val-000000", 18, 4), ("test-000000", 22, 5)]
    {
        write(&folder.path().join(format!("{name}.tar")), &samples(first, count));
    }
    let splits = open_path(folder.path()).unwrap();
    assert_eq!((splits.train.len(), splits.valid.len(), splits.test.len()), (18, 4, 5));
    assert_eq!(splits.test.file_name(0), Some("test-000000.tar/0022"));
    let notes = &splits.train.inventory().unwrap().notes;
    assert!(
        notes.contains(&"files are taken for splits by their names: train 18, valid 4, test 5".into()),
        "{notes:?}"
    );
}

#[test]
fn labels_are_in_files_beside_the_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for i in 0..20 {
        files.push((format!("cats/{i}.jpg.png"), png(i))); // two dots: the first ends the name
        let json = format!(r#"{{"label": {}, "kind": "{}"}}"#, i % 4, ["red", "blue"][i as usize % 2]);
        files.push((format!("cats/{i}.json"), json.into_bytes()));
        files.push((format!("cats/{i}.txt"), format!("picture {i}").into_bytes()));
    }
    let pack = |files: &[(String, Vec<u8>)]| {
        let files: Vec<(&str, Vec<u8>)> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        write(&path, &tar(&files));
    };
    let classes = |label: Option<&str>| {
        let splits = open_with(&path, |spec| spec.label = label.map(Into::into))?;
        Ok::<_, DataError>(splits.train.classes().to_vec())
    };
    pack(&files);
    assert_eq!(classes(None).unwrap(), ["0", "1", "2", "3"]);
    assert_eq!(classes(Some("kind")).unwrap(), ["blue", "red"]);
    assert_eq!(classes(Some("txt")).unwrap().len(), 20);
    assert!(classes(Some("none")).unwrap().is_empty());
    let refusal = classes(Some("colour")).unwrap_err().to_string();
    assert!(refusal.contains("x.tar: has no labels \"colour\""), "{refusal}");
    assert_eq!(names(&open_path(&path).unwrap().train.whole())[0], "x.tar/cats/0");
    // Texts of their own for each image are captions; a few are classes.
    files.retain(|(name, _)| !name.ends_with(".json"));
    pack(&files);
    assert!(classes(None).unwrap().is_empty());
    let notes = open_path(&path).unwrap().train.inventory().unwrap().notes.clone();
    assert!(notes.iter().any(|note| note.contains("taken for captions")), "{notes:?}");
    for (name, bytes) in &mut files {
        if name.ends_with(".txt") {
            *bytes = ["ant", "bee"][bytes.len() % 2].into();
        }
    }
    pack(&files);
    assert_eq!(classes(None).unwrap(), ["ant", "bee"]);
    // Of several images of a sample the first kind is taken, and said.
    let more: Vec<(String, Vec<u8>)> =
        (0..20).map(|i| (format!("cats/{i}.mask.png"), png(100 + i))).collect();
    pack(&[&files[..], &more].concat());
    let splits = open_path(&path).unwrap();
    assert_eq!((splits.train.whole().len(), image(&splits.train.whole(), 3).len()), (20, 30));
    let notes = &splits.train.inventory().unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("those that end in .jpg.png are taken")), "{notes:?}");
}

/// What reading `bytes` as an archive says, without the folder's name.
fn refusal(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    write(&path, bytes);
    let message = open_path(&path).err().map_or_else(|| "nothing".into(), |error| error.to_string());
    assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing is unpacked");
    message.replace(&format!("{}/", folder.path().display()), "")
}

/// The archive of one file whose header says that it is of so many bytes, and of this kind.
fn lying(size: u64, kind: tar::EntryType) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path("a.png").unwrap();
    header.set_size(size);
    header.set_entry_type(kind);
    header.set_link_name("/etc/passwd").unwrap();
    header.set_cksum();
    [header.as_bytes().as_slice(), &png(1), &[0; 2048]].concat()
}

#[test]
fn archives_that_were_made_to_hurt_are_refused() {
    let good = samples(0, 20);
    let out = "holds \"../../a.png\": a name that leads out of the archive";
    for (bytes, expected) in [
        (vec![], "x.tar: holds no images"),
        (vec![0; 1024], "x.tar: holds no images"),
        (b"no archive at all".repeat(100), "x.tar: not a whole tar archive: "),
        (tar(&[("a.txt", b"no image".to_vec())]), "x.tar: holds no images"),
        (tar(&[("../../a.png", png(1))]), &format!("x.tar: {out}")),
        (tar(&[("/a.png", png(1))]), "x.tar: holds \"/a.png\": a name that leads out"),
        (tar(&[("a.png", png(1)), ("a.png", png(2))]), "x.tar: holds a.png twice"),
        (
            lying(1 << 40, tar::EntryType::Regular),
            "x.tar: is cut short: a.png should have 1099511627776 bytes",
        ),
        (lying(u64::MAX >> 1, tar::EntryType::Regular), "x.tar: "),
        (lying(0, tar::EntryType::Symlink), "x.tar: "),
        (lying(0, tar::EntryType::Link), "x.tar: "),
        (lying(0, tar::EntryType::Fifo), "x.tar: "),
        (lying(1 << 40, tar::EntryType::GNULongName), "x.tar: "),
        (lying(1 << 40, tar::EntryType::XHeader), "x.tar: "),
        (good[..560].to_vec(), "x.tar: is cut short: 0000.png should have "),
        (gzip(&good), "x.tar: is compressed"),
        (tar(&[("a.png", b"\x89PNG no image".to_vec())]), "x.tar: a.png: "),
        (tar(&[("a.png", Vec::new())]), "x.tar: a.png: it is empty"),
    ] {
        let message = refusal(&bytes);
        assert!(message.starts_with(expected) && message.len() < 500, "{expected}\n{message}");
    }
    // A link is followed nowhere; what is beside it is read, and broken images are left out where asked for.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    let link = &lying(0, tar::EntryType::Symlink)[..512];
    write(&path, &[link, &good].concat());
    let splits = open_path(&path).unwrap();
    assert_eq!(splits.train.whole().len(), 20);
    assert!(splits.train.inventory().unwrap().notes.contains(&"links in archives are not followed".into()));
    write(&path, &[&tar(&[("0.png", vec![7; 99])])[..1024], &good].concat());
    assert!(open_path(&path).unwrap_err().to_string().contains("x.tar: 0.png: "));
    let whole = open_with(&path, |spec| spec.skip_broken = true).unwrap();
    assert_eq!(whole.train.whole().len(), 20);
    // What ends without a mark may be cut short.
    let end = good.len() - 1024;
    write(&path, &good[..end]);
    let notes = open_path(&path).unwrap().train.inventory().unwrap().notes.clone();
    assert!(notes.iter().any(|note| note.contains("may have been cut short")), "{notes:?}");
}

#[test]
fn damaged_archives_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    let refused = survive(&samples(0, 12), |bytes| {
        write(&path, bytes);
        let _ = data::survey(&path, None, false);
        match open_path(&path) {
            Ok(_) => true,
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("x.tar") || message.contains("too few"), "{message}");
                false
            }
        }
    });
    assert!(refused > 0);
}
