//! From a recipe's `[data]` table to images.

use std::path::Path;
use std::sync::Arc;

use crate::appearance::Channels;
use crate::array::{self, ArrayNames, ImageOptions, Place};
use crate::dataset::Dataset;
use crate::dirs::DataDirs;
use crate::download::event::Events;
use crate::error::DataError;
use crate::folder::listing::is_parquet;
use crate::folder::options::FolderOptions;
use crate::folder::tree::{is_image, is_tar};
use crate::folder::{array_parts, reader};
use crate::hold_out::TestImages;
use crate::pixels::MemoryBudget;
use crate::pool::{Pool, PoolFacts, align_classes};
use crate::spec::{DataPlan, DataSpec, Kind, PathSource, Source};
use crate::split::{Splits, split};
use crate::table::contents::Table;
use crate::table::options::{LabelSource, TableOptions};
use crate::table::{holds_pictures, pixels, read_table};
use crate::{checksum, digits, idx_folder, pairs, published_set, resize, standardisation};

/// Opens the set that `spec` asks for, split and padded as it says; `events` hears of downloads.
///
/// A path may be a folder of images (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM), whose sub-folders are splits (`train`,
/// `val`, `test`), classes, or both; tar archives of images in WebDataset's layout; a folder of IDX files or of `.npy` files; a `.npy`, `.npz` or HDF5 file; Parquet files whose rows hold
/// images, or a folder of them; or a table, of text or of rows that are no images, which becomes a set of
/// [`Columns`](crate::Columns). What was found there stands in the sets' [`Inventory`](crate::Dataset::inventory).
///
/// # Errors
/// Any [`DataError`]; each says what to do about it.
pub fn open(spec: &DataSpec, dirs: &DataDirs, events: &mut Events<'_>) -> Result<Splits, DataError> {
    let plan = spec.check()?;
    let source: &PathSource = match &plan.source {
        Source::Published(set) => {
            let (train, test) = published_set::open(set, dirs, events)?;
            return Ok(split(&plan, Pool { test, ..Pool::new(train) }, &mut Vec::new())?.padded(plan.pad));
        }
        Source::Synthetic { count, size } => {
            let digits = digits::synthetic_digits(*count, *size, plan.seed)?;
            return Ok(split(&plan, Pool::new(digits), &mut Vec::new())?.padded(plan.pad));
        }
        Source::Path(source) if source.is_foreign => &fitting(source)?,
        Source::Path(source) => source,
    };
    let mut pool = match read(&source.path, source, &dirs.memory_budget())? {
        Content::Images(pool) => pool,
        Content::Rows(table) => return open_table(&plan, source, table),
    };
    if let Some(path) = &source.clean {
        pool = with_clean(pool, path, source, &dirs.memory_budget())?;
    }
    if let Some(TestImages::Path(path)) = &plan.test {
        let (range, background) = (source.range.or(pool.range), source.background.or(pool.background));
        let shape = pool.set.shape();
        let size = Some([shape.height, shape.width]);
        let alike = PathSource { path: path.clone(), size, range, background, ..source.clone() };
        let test = match read(path, &alike, &dirs.memory_budget())? {
            Content::Images(test) => test.set.whole(),
            Content::Rows(_) => {
                let allowed = format!("is a table, and {} holds images", source.path.display());
                return Err(DataError::field("test", format!("\"{}\"", path.display()), allowed));
            }
        };
        pool.notes.push(format!("test images: all {} of {}", test.len(), path.display()));
        pool.test = Some(test);
        pool = align_classes(pool);
    }
    if let Some(test) = pool.test.as_ref().filter(|test| test.shape() != pool.set.shape()) {
        let problem =
            format!("the training images are {}, but the test images {}", pool.set.shape(), test.shape());
        return Err(DataError::Folder { path: source.path.clone(), problem });
    }
    let facts = PoolFacts::take(&mut pool);
    let mut notes = Vec::new();
    let mut splits = split(&plan, pool, &mut notes)?;
    if source.invert {
        splits = splits.map(|set| set.inverted());
    }
    let inventory = Arc::new(facts.inventory(notes, &splits.distinct()));
    Ok(splits.map(|set| set.with_inventory(Arc::clone(&inventory)).padded(plan.pad)))
}

/// All images (or rows) at the path of `spec`, in their order, read as it says; its splits, limits and excluded classes
/// count for nothing, and `spec.columns` says how a table is standardised.
///
/// # Errors
/// Any [`DataError`]; [`DataError::Field`] if `spec` names no path, or no columns for a table.
pub fn open_whole(spec: &DataSpec, dirs: &DataDirs) -> Result<Dataset, DataError> {
    let plan = spec.check()?;
    let source: &PathSource = match &plan.source {
        Source::Path(source) if source.is_foreign => &fitting(source)?,
        Source::Path(source) => source,
        _ => return Err(DataError::field("path", "nothing", "must be given")),
    };
    let table = match read(&source.path, source, &dirs.memory_budget())? {
        Content::Images(pool) => {
            let pool = match &source.clean {
                Some(path) => with_clean(pool, path, source, &dirs.memory_budget())?,
                None => pool,
            };
            let set = pool.set.whole();
            return Ok(if source.invert { set.inverted() } else { set }.padded(plan.pad));
        }
        Content::Rows(table) => table,
    };
    match &source.columns {
        Some(columns) => standardisation::whole(columns, &table),
        None => Err(DataError::field("columns", "nothing", "must say how rows are standardised")),
    }
}

/// `pool` with what its images should become.
fn with_clean(
    pool: Pool,
    path: &Path,
    source: &PathSource,
    budget: &MemoryBudget,
) -> Result<Pool, DataError> {
    pairs::check(&source.path, path)?;
    let (range, background) = (source.range.or(pool.range), source.background.or(pool.background));
    let shape = pool.set.shape();
    let channels = if shape.channels == 1 { Channels::Grey } else { Channels::Rgb };
    let size = Some([shape.height, shape.width]);
    let alike = PathSource { path: path.to_path_buf(), size, channels, range, background, ..source.clone() };
    let clean = match read(path, &alike, budget)? {
        Content::Images(clean) => pairs::align(&pool.set, &clean.set)?,
        Content::Rows(_) => {
            let allowed = format!("is a table, and {} holds images", source.path.display());
            return Err(DataError::field("clean", format!("\"{}\"", path.display()), allowed));
        }
    };
    let paired = |set: Dataset| set.with_clean(clean.clone());
    let (valid, test) = (pool.valid.map(paired).transpose()?, pool.test.map(paired).transpose()?);
    let mut notes = pool.notes;
    notes.push(format!("each has its clean image, of the same name, in {}", path.display()));
    Ok(Pool { set: paired(pool.set)?, valid, test, notes, ..pool })
}

/// What a path holds.
enum Content {
    Images(Pool),
    Rows(Table),
}

/// Reads a path as `source` says, whose own it is, or one that is read alike.
fn read(path: &Path, source: &PathSource, budget: &MemoryBudget) -> Result<Content, DataError> {
    if !is_table(path, source)? {
        return Ok(Content::Images(open_path(path, source, budget)?));
    }
    let table = read_rows(path, source)?;
    match pixels::images(&table)? {
        Some(pool) if kind(path, source)?.is_none() => {
            Ok(Content::Images(resize::pool(pool, source.size, source.fit, source.channels, budget)?))
        }
        _ => Ok(Content::Rows(table)),
    }
}

/// `source` without the names of arrays that its path does not hold.
fn fitting(source: &PathSource) -> Result<PathSource, DataError> {
    let extension = source.path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let mut fitting = source.clone();
    match extension.as_str() {
        _ if is_archive(&source.path) => {
            let names = array::names(&source.path)?;
            let is_there = |wanted: &String| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
            fitting.array = fitting.array.filter(is_there);
            fitting.label = fitting.label.filter(|label| label == "none" || is_there(label));
        }
        "npy" => (fitting.array, fitting.label) = (None, None),
        "parquet" => {}
        _ => fitting.array = None,
    }
    Ok(fitting)
}

/// Whether the path holds arrays by their names; a folder does not, whatever it is called.
fn is_archive(path: &Path) -> bool {
    array::is_archive(path) && !path.is_dir()
}

/// What the path holds, where the recipe or the one who gave it says so.
fn kind(path: &Path, source: &PathSource) -> Result<Option<Kind>, DataError> {
    Ok(match source.kind {
        Some(kind) => Some(kind),
        None => array::find(path)?.and_then(|contents| contents.kind),
    })
}

/// Whether the path holds a table in place of images.
fn is_table(path: &Path, source: &PathSource) -> Result<bool, DataError> {
    if let Some(kind) = kind(path, source)? {
        return Ok(kind == Kind::Table);
    }
    if is_archive(path) {
        let names = ArrayNames { array: source.array.as_deref(), label: source.label.as_deref() };
        return array::is_table(path, names);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.') {
        _ if path.is_dir() => Ok(false),
        Some((_, "csv" | "tsv" | "txt" | "data")) => Ok(true),
        Some((_, "parquet")) => Ok(!holds_pictures(path, source.array.as_deref())?),
        Some((_, "npy")) => Ok(!array::rows_are_images(&Place::file(path))?),
        _ => Ok(false),
    }
}

/// A table without gaps, or with gaps that are to be filled.
fn read_rows(path: &Path, source: &PathSource) -> Result<Table, DataError> {
    let label = match source.label.as_deref() {
        None => LabelSource::Usual,
        Some("none") => LabelSource::Nothing,
        Some(label) if source.is_foreign => LabelSource::NamedOrUsual(label.to_owned()),
        Some(label) => LabelSource::Named(label.to_owned()),
    };
    let table = read_table(path, &TableOptions { label, array: source.array.clone() })?;
    if source.impute.is_none() {
        table.check_complete().map_err(with_way_out)?;
    }
    Ok(table)
}

/// Splits a table: rows are standardised by those that train.
fn open_table(plan: &DataPlan, source: &PathSource, table: Table) -> Result<Splits, DataError> {
    for (field, given) in [("pad", plan.pad > 0), ("size", source.size.is_some()), ("invert", source.invert)]
    {
        if given {
            let allowed = format!("applies to images, and {} is a table: remove it", source.path.display());
            return Err(DataError::field(field, "given", allowed));
        }
    }
    let test_table = match &plan.test {
        Some(TestImages::Path(path)) => Some(read_rows(path, source)?),
        _ => None,
    };
    let mut notes = table.notes.clone();
    let record = match array::find(&source.path)? {
        Some(contents) => contents.record(&source.path),
        None => checksum::record(&source.path)?,
    };
    let mut pool = Pool::new(standardisation::placeholder(&table)?.with_files(vec![record]));
    pool.test = test_table.as_ref().map(standardisation::placeholder).transpose()?;
    let mut pool = align_classes(pool);
    let mut facts = PoolFacts::take(&mut pool);
    let splits = split(plan, pool, &mut notes)?;
    let (splits, columns) = standardisation::standardise(
        splits,
        &table,
        test_table.as_ref(),
        source.columns.as_ref(),
        &mut notes,
    )?;
    notes.insert(
        0,
        format!("a table: {}, standardised by the training rows", standardisation::count(&columns.names)),
    );
    facts.columns = Some(columns);
    let inventory = Arc::new(facts.inventory(notes, &splits.distinct()));
    Ok(splits.map(|set| set.with_inventory(Arc::clone(&inventory))))
}

/// The error of a missing value, with what mends it besides a value.
fn with_way_out(error: DataError) -> DataError {
    const IMPUTE: &str = "; --impute mean (data.impute) takes the column's mean in its place";
    match error {
        DataError::Csv { file, line, problem } => DataError::Csv { file, line, problem: problem + IMPUTE },
        DataError::Table { file, problem } => DataError::Table { file, problem: problem + IMPUTE },
        other => other,
    }
}

/// All images of a path, as `source` says.
fn open_path(path: &Path, source: &PathSource, budget: &MemoryBudget) -> Result<Pool, DataError> {
    let PathSource { size, fit, channels, range, background, skip_broken, .. } = *source;
    let arrays = ArrayNames { array: source.array.as_deref(), label: source.label.as_deref() };
    let pictures = FolderOptions { size, fit, channels, range, background, skip_broken, arrays };
    let options = ImageOptions { range, background };
    if is_archive(path) {
        return resize::pool(array::open_npz(path, arrays, options, budget)?, size, fit, channels, budget);
    }
    if is_tar(path) && !path.is_dir() {
        return reader::open(path, pictures, budget);
    }
    let metadata = path.metadata().map_err(DataError::io(path, "open"))?;
    if metadata.is_dir() {
        if let Some(files) = idx_folder::find(path)? {
            return resize::pool(idx_folder::open(path, &files, budget)?, size, fit, channels, budget);
        }
        if let Some(files) = array_parts::find(path)? {
            let pool = array_parts::open(path, &files, arrays, options, budget)?;
            return resize::pool(pool, size, fit, channels, budget);
        }
        return reader::open(path, pictures, budget);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let pool = match name.strip_suffix(".gz").unwrap_or(&name) {
        name if name.ends_with(".npy") => array::open_npy(path, options, budget)?,
        name if idx_folder::is_images(name) => idx_folder::open_file(path, budget)?,
        _ if is_image(path) || is_parquet(path) => reader::open(path, pictures, budget)?,
        _ => {
            return Err(DataError::field(
                "path",
                format!("\"{}\"", path.display()),
                "must be a folder of images or of IDX files, an image, a .tar of images, a .npy, .npz or .h5 file, or a table \
                 (.csv, .tsv, .parquet)",
            ));
        }
    };
    resize::pool(pool, size, fit, channels, budget)
}
