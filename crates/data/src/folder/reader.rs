//! The images of a folder as a set, in their splits where it has some.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::decoding::{FolderPixels, decode_all};
use super::layout::{Listing, Role};
use super::listing::{ListedPage, list, name_of};
use super::options::FolderOptions;
use super::tiles;
use crate::appearance::{Background, Fit};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::error::broken_file::BrokenFile;
use crate::file_record::{FileRecord, Verification};
use crate::natural_order;
use crate::picture::page::headers;
use crate::picture::rendering::Rendering;
use crate::pixels::MemoryBudget;
use crate::pool::Pool;

/// The images of a folder, of one file, or of the rows of tables, in their splits where it has some.
pub(crate) fn open(
    path: &Path,
    options: FolderOptions<'_>,
    budget: &MemoryBudget,
) -> Result<Pool, DataError> {
    let Listing { pictures, classes, roles, left_out, notes } = list(path, options.arrays, budget)?;
    let mut broken = Vec::new();
    let mut pages = Vec::new();
    let all_headers: Vec<_> = pictures.par_iter().map(headers).collect();
    for (picture, headers) in all_headers.into_iter().enumerate() {
        match headers {
            Ok(headers) => {
                pages.extend(headers.into_iter().map(|(page, header)| ListedPage {
                    picture,
                    page,
                    header,
                    tile: None,
                }));
            }
            Err(DataError::Picture { file, reason }) => broken.push(BrokenFile { file, reason }),
            Err(other) => return Err(other),
        }
    }
    let mut cut_note = None;
    if let (Fit::Tiles, Some(size)) = (options.fit, options.size) {
        (pages, cut_note) = tiles::cut(pages, size);
    }
    let FolderPixels { pixels, sha256, shape, rendering, notes: decoding_notes } =
        decode_all(path, &mut pages, &mut broken, options, budget)?;
    let names: Option<Vec<String>> = pages.iter().map(|listed| tile_name(path, listed)).collect();
    let record = FileRecord {
        path: path.to_path_buf(),
        bytes: pixels.len() as u64,
        sha256,
        verification: Verification::Unknown,
    };
    let mut set = Dataset::from_pixels(set_name(path), shape, pixels)?.with_files(vec![record]);
    if let Some(names) = names {
        set = set.with_file_names(names)?;
    }
    if let Some((labels, names)) = classes {
        set = set.with_labels(pages.iter().map(|listed| labels[listed.picture]).collect(), names)?;
    }
    let mut pool = Pool {
        kinds: kinds(&pages),
        left_out: left_out.into_iter().chain(skipped(path, &broken)).collect(),
        notes: notes.into_iter().chain(cut_note).chain(decoding_notes).collect(),
        range: settled_range(rendering),
        background: rendering.1,
        cut_from: pages
            .iter()
            .any(|listed| listed.tile.is_some())
            .then(|| pages.iter().map(|listed| listed.picture).collect()),
        ..Pool::new(set.clone())
    };
    if let Some(roles) = roles {
        let part = |role: Role| {
            let of = |at: &usize| roles[pages[*at].picture] == role;
            let indices: Vec<usize> = (0..pages.len()).filter(of).collect();
            (!indices.is_empty()).then(|| set.subset(&indices)).transpose()
        };
        (pool.valid, pool.test) = (part(Role::Valid)?, part(Role::Test)?);
        pool.set = part(Role::Train)?.unwrap_or_else(|| set.clone());
    }
    Ok(pool)
}

/// The name of an image, with the place of its tile.
fn tile_name(path: &Path, listed: &ListedPage) -> Option<String> {
    let name = name_of(path, &listed.page)?;
    Some(listed.tile.map_or(name.clone(), |[row, column]| format!("{name}@{row},{column}")))
}

/// The folder's name, or that of the file without its extension.
fn set_name(path: &Path) -> String {
    let named = path.file_name().map(|_| path.to_path_buf()).or_else(|| path.canonicalize().ok());
    let named = named.unwrap_or_else(|| path.to_path_buf());
    let name = if named.is_dir() { named.file_name() } else { named.file_stem() };
    let name = name.unwrap_or(path.as_os_str()).to_string_lossy();
    // Of several archives, what their names have in common.
    let common = name.split('{').next().unwrap_or_default().trim_end_matches(['-', '_', '.']);
    if named.exists() || common.is_empty() { name.into_owned() } else { common.to_owned() }
}

/// The range that a recipe says for a rendering that is not the usual one.
fn settled_range((rendering, _): (Rendering, Option<Background>)) -> Option<[f64; 2]> {
    let usual = Rendering::default();
    let changed = [(rendering.words, usual.words), (rendering.bytes, usual.bytes)];
    changed.into_iter().find(|(found, usual)| found != usual).map(|(found, _)| found.range())
}

/// How many images there are of each extension, most first.
fn kinds(pages: &[ListedPage]) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::<String, usize>::new();
    for ListedPage { page, .. } in pages {
        let extension =
            page.picture.file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let kind = extension.map_or_else(|| "no extension".into(), |extension| format!(".{extension}"));
        *counts.entry(kind).or_default() += 1;
    }
    let mut kinds: Vec<_> = counts.into_iter().collect();
    kinds.sort_by(|(_, a), (_, b)| b.cmp(a));
    kinds
}

/// The files that were left out because they are broken.
pub(super) fn skipped(path: &Path, broken: &[BrokenFile]) -> Option<String> {
    const SHOWN: usize = 3;
    let name =
        |broken: &BrokenFile| broken.file.strip_prefix(path).unwrap_or(&broken.file).display().to_string();
    let mut names: Vec<String> = broken.iter().map(name).collect();
    names.sort_by(|a, b| natural_order::compare(a, b));
    names.truncate(SHOWN);
    let more = if broken.len() > SHOWN { ", …" } else { "" };
    let what = if broken.len() == 1 { "broken file" } else { "broken files" };
    (!broken.is_empty()).then(|| format!("{} {what}: {}{more}", broken.len(), names.join(", ")))
}
