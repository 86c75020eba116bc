//! From a recipe's `[data]` table to images.

use std::path::Path;

use crate::catalogue::IDX_FILES;
use crate::dirs::find_file;
use crate::pixels::Holding;
use crate::spec::{DataSpec, Source};
use crate::split::{Splits, split};
use crate::{Channels, DataDirs, DataError, Dataset, Events, Fit, array, digits, folder, idx, published};

/// Opens the set that `spec` asks for, split and padded as it says; `events` hears of downloads.
///
/// # Errors
/// Any [`DataError`]; each says what to do about it.
pub fn open(spec: &DataSpec, dirs: &DataDirs, events: &mut Events<'_>) -> Result<Splits, DataError> {
    let plan = spec.check()?;
    let (pool, test) = match &plan.source {
        Source::Published(set) => published::open(set, dirs, events)?,
        Source::Synthetic { count, size } => (digits::synthetic_digits(*count, *size, plan.seed)?, None),
        Source::Path { path, size, fit, channels } => {
            open_path(path, *size, *fit, *channels, &dirs.holding())?
        }
    };
    Ok(split(&plan, pool, test)?.padded(plan.pad))
}

fn open_path(
    path: &Path,
    size: Option<[usize; 2]>,
    fit: Option<Fit>,
    channels: Option<Channels>,
    holding: &Holding,
) -> Result<(Dataset, Option<Dataset>), DataError> {
    let metadata = path.metadata().map_err(DataError::io(path, "open"))?;
    let is_idx = metadata.is_dir() && find_file(path, IDX_FILES[0]).is_some();
    if metadata.is_dir() && !is_idx {
        let set = folder::open(path, size, fit.unwrap_or_default(), channels.unwrap_or_default(), holding)?;
        return Ok((set, None));
    }
    let given = [
        ("size", size.map(|[height, width]| format!("[{height}, {width}]"))),
        ("fit", fit.map(|fit| fit.name().into())),
        ("channels", channels.map(|channels| channels.name().into())),
    ];
    if let Some((field, Some(value))) = given.into_iter().find(|(_, value)| value.is_some()) {
        let allowed = format!("applies to folders of images only, and {} is none: remove it", path.display());
        return Err(DataError::field(field, value, allowed));
    }
    if is_idx {
        return open_idx(path, holding);
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("npy") => Ok((array::open_npy(path, holding)?, None)),
        Some("npz") => Ok((array::open_npz(path, holding)?, None)),
        _ => Err(DataError::field(
            "path",
            format!("\"{}\"", path.display()),
            "must be a folder of images or of IDX files, a .npy file or an .npz file",
        )),
    }
}

/// A folder with files named as MNIST's: labels and test images may be absent.
fn open_idx(path: &Path, holding: &Holding) -> Result<(Dataset, Option<Dataset>), DataError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let part = |at: usize| -> Result<Option<Dataset>, DataError> {
        let Some(images) = find_file(path, IDX_FILES[at]) else { return Ok(None) };
        let images = idx::read_images(&images, holding)?;
        let labels = find_file(path, IDX_FILES[at + 1]).map(|file| idx::read_labels(&file)).transpose()?;
        idx::dataset(&name, images, labels, None).map(Some)
    };
    let train = part(0)?.ok_or_else(|| DataError::Folder {
        path: path.to_path_buf(),
        problem: format!("holds no {}", IDX_FILES[0]),
    })?;
    let test = part(2)?;
    if let Some(test) = test.as_ref().filter(|test| test.shape() != train.shape()) {
        let problem =
            format!("the training images are {}, but the test images {}", train.shape(), test.shape());
        return Err(DataError::Folder { path: path.to_path_buf(), problem });
    }
    Ok((train, test))
}
