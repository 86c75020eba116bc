//! The pictures that a path holds: a folder's, those in the rows of tables or in archives, or the one of a file.

use std::path::Path;

use super::containers;
use super::layout::{Listing, layout};
use super::tree::{Tree, is_tar};
use crate::array::ArrayNames;
use crate::error::DataError;
use crate::parts::parts;
use crate::picture::page::{Header, Page};
use crate::picture::source::Picture;
use crate::pixels::MemoryBudget;

/// An image with the position of its picture in the listing, and what its header says.
pub(super) struct ListedPage {
    pub picture: usize,
    pub page: Page,
    pub header: Header,
    /// Row and column at which it begins, where it is a tile of its page.
    pub tile: Option<[usize; 2]>,
}

/// Whether a file is, by its name, a Parquet table.
pub(crate) fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

/// The pictures of a folder, of the rows of tables, of archives, or the one of a file.
pub(super) fn list(path: &Path, arrays: ArrayNames<'_>, budget: &MemoryBudget) -> Result<Listing, DataError> {
    if !path.is_dir() {
        if is_parquet(path) {
            return containers::list(path, &[path.to_path_buf()], arrays, budget);
        }
        if is_tar(path) {
            return containers::list(path, &parts(path), arrays, budget);
        }
        let pictures = vec![Picture::file(path.to_path_buf())];
        return Ok(Listing { pictures, classes: None, roles: None, left_out: Vec::new(), notes: Vec::new() });
    }
    let (tree, excluded) = Tree::read(path)?;
    if tree.count() == 0 {
        if !excluded.tables().is_empty() {
            return containers::list(path, excluded.tables(), arrays, budget);
        }
        if !excluded.archives().is_empty() {
            return containers::list(path, excluded.archives(), arrays, budget);
        }
        let mut problem =
            "holds no images of a kind that is read (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM)".to_owned();
        if excluded.has_images() || !excluded.reasons().is_empty() {
            problem += &format!("; it holds {}", excluded.reasons().join("; "));
        }
        return Err(DataError::Folder { path: path.to_path_buf(), problem });
    }
    let mut listing = layout(path, &tree)?;
    listing.left_out.extend(excluded.reasons());
    Ok(listing)
}

/// The name of an image relative to the folder `path`, or alone where its file is `path` itself; with its page, where
/// the picture has several. An image in a table or an archive has the name that it has there, if one.
pub(super) fn name_of(path: &Path, Page { picture, page, of }: &Page) -> Option<String> {
    let name = match &picture.member {
        Some(member) => member.name.clone()?,
        None => {
            let file = &picture.file;
            let relative = file.strip_prefix(path).ok().filter(|relative| !relative.as_os_str().is_empty());
            relative.or(file.file_name().map(Path::new)).unwrap_or(file).to_string_lossy().into_owned()
        }
    };
    Some(if *of == 1 { name } else { format!("{name}#{}", page + 1) })
}
