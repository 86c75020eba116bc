//! Sizes are checked before memory is taken for them. In a process of its own, whose peak is looked at.

mod fixtures;

use data::{DataDirs, ImageShape, PictureOptions, TableOptions, load_pictures, load_points};
use fixtures::{deflated, gzip, idx, npy, npz, open_path, png, write};
use testing::peak_memory;

/// What the peak may grow by: buffers for reading, not one of the sizes below.
const MOST: u64 = 16 << 10;

#[test]
fn headers_that_claim_terabytes_take_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let terabytes = npy("|u1", "False", "(1099511627776, 2, 2)", &[0; 80]);
    // 256 MiB of zeros behind a header that promises 12 bytes; they take 256 KiB.
    let bomb = || npy("|u1", "False", "(3, 2, 2)", &vec![0; 1 << 28]);
    let pixels = deflated(&[0; 64]);
    let small_idx = [idx(0x803, &[3, 2, 2], &[]), vec![0; 1 << 28]].concat();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("claim.npy", terabytes.clone()),
        ("claim.npz", npz(&[("x", terabytes.clone())])),
        ("claim-gzip.npy", gzip(&terabytes)),
        ("idx/train-images-idx3-ubyte", idx(0x803, &[1 << 20, 1 << 10, 1 << 10], &[7])),
        ("idx-gzip/train-images-idx3-ubyte.gz", gzip(&idx(0x803, &[1 << 20, 1 << 10, 1 << 10], &[7]))),
        ("claim.png", png(u32::MAX >> 1, u32::MAX >> 1, 16, 6, &[("IDAT", &pixels)])),
        ("within-limits.png", png(16_000, 32_000, 8, 0, &[("IDAT", &pixels)])),
        ("bomb.npz", npz(&[("x", bomb())])),
        ("bomb.npy", gzip(&bomb())),
        ("bomb/train-images-idx3-ubyte.gz", gzip(&small_idx)),
    ];
    for (name, bytes) in &files {
        write(&folder.path().join(name), bytes);
    }
    drop(small_idx);
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    drop(files);

    // Making the bombs took more than reading them may: the peak starts anew.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = peak_memory();
    for name in names {
        let path = folder.path().join(name);
        let message = match name.split_once('/') {
            Some((sub, _)) => open_path(&folder.path().join(sub)).unwrap_err().to_string(),
            None if name.ends_with("png") => {
                load_pictures(&path, &PictureOptions::new(ImageShape::new(8, 8, 1)), &DataDirs::default())
                    .unwrap_err()
                    .to_string()
            }
            None => {
                assert!(load_points(&path, &TableOptions::default()).is_err(), "{name}");
                open_path(&path).unwrap_err().to_string()
            }
        };
        let grown = peak_memory() - before;
        println!(
            "{name}: {grown} KiB more at most; {}",
            message.replace(folder.path().to_str().unwrap(), "")
        );
        assert!(grown < MOST, "{name}: {grown} KiB");
    }
    if before == 0 {
        println!("skipped: this system does not say how much memory a process had");
    }
}
