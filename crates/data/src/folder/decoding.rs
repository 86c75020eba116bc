//! The pixels of all images of a folder.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::listing::ListedPage;
use super::options::FolderOptions;
use crate::appearance::{Background, Channels, Fit};
use crate::error::broken_file::BrokenFile;
use crate::error::{DataError, reserve};
use crate::picture::decoding::decode;
use crate::picture::look::Look;
use crate::picture::rendering::{Rendering, render};
use crate::pixels::{MemoryBudget, PixelFile, Pixels, Width};
use crate::scale::{Extent, Scale};
use crate::shape::ImageShape;
use crate::{checksum, natural_order};

/// The shape that all images get, found from their headers where it is not given.
fn shape(pages: &[ListedPage], options: FolderOptions<'_>) -> Result<ImageShape, DataError> {
    let grey = match options.channels {
        Channels::Grey => true,
        Channels::Rgb => false,
        Channels::Auto => pages.iter().all(|listed| listed.header.grey),
    };
    let first = &pages[0];
    let other = pages.iter().find(|listed| listed.header.sides != first.header.sides);
    if let (None, Some(other)) = (options.size, other) {
        let [[height, width], [other_height, other_width]] = [first, other].map(|listed| listed.header.sides);
        let allowed = format!(
            "must be given, for the images are not all of one size: {} is {height}×{width}, {} is \
             {other_height}×{other_width}",
            first.page.picture.label().display(),
            other.page.picture.label().display()
        );
        return Err(DataError::field("size", "nothing", allowed));
    }
    let [height, width] = options.size.unwrap_or(first.header.sides);
    Ok(ImageShape::new(height, width, if grey { 1 } else { 3 }))
}

/// All pixels of a folder.
pub(super) struct FolderPixels {
    pub pixels: Pixels,
    pub sha256: String,
    pub shape: ImageShape,
    /// The rendering, and its background where some image is transparent.
    pub rendering: (Rendering, Option<Background>),
    pub notes: Vec<String>,
}

/// Decodes all pages. What is broken moves to `broken`, and is an error unless such files are left out. Where the
/// values turn out to be on another scale, or images to vanish on black, all is decoded once more.
pub(super) fn decode_all(
    path: &Path,
    pages: &mut Vec<ListedPage>,
    broken: &mut Vec<BrokenFile>,
    options: FolderOptions<'_>,
    budget: &MemoryBudget,
) -> Result<FolderPixels, DataError> {
    let mut rendering = Rendering::new(options.range, options.background);
    let refuse = |broken: &[BrokenFile]| {
        let mut files = broken.to_vec();
        files.sort_by(|a, b| natural_order::compare(&a.file.to_string_lossy(), &b.file.to_string_lossy()));
        Err(match <[BrokenFile; 1]>::try_from(files) {
            Ok([BrokenFile { file, reason }]) => DataError::Picture { file, reason },
            Err(files) => DataError::Broken { folder: path.to_path_buf(), files },
        })
    };
    if !broken.is_empty() && !options.skip_broken || pages.is_empty() {
        // What else is broken is told at once, whatever the sizes of the others.
        let faults: Vec<DataError> =
            pages.par_iter().filter_map(|listed| decode(&listed.page).err()).collect();
        for fault in faults {
            match fault {
                DataError::Picture { file, reason } => broken.push(BrokenFile { file, reason }),
                other => return Err(other),
            }
        }
        return refuse(broken);
    }
    let mut decoded = loop {
        let shape = shape(pages, options)?;
        let all = read_all(path, pages, shape, options.fit, rendering, budget)?;
        let faults: Vec<usize> =
            all.looks.iter().enumerate().filter(|(_, look)| look.is_err()).map(|(i, _)| i).collect();
        if faults.is_empty() && (broken.is_empty() || options.skip_broken) {
            break (all, shape);
        }
        let mut looks = all.looks.into_iter();
        let mut bad = Vec::new();
        pages.retain(|listed| match looks.next() {
            Some(Err(fault)) => {
                bad.push((listed.picture, fault));
                false
            }
            _ => true,
        });
        for (picture, fault) in bad {
            pages.retain(|listed| listed.picture != picture); // all pages of it
            broken.push(fault);
        }
        if !options.skip_broken || pages.is_empty() {
            return refuse(broken);
        }
    };
    let looks: Vec<Look> = decoded.0.looks.iter().filter_map(|look| look.as_ref().ok().copied()).collect();
    let mut notes = Vec::new();
    let found = settle(rendering, &looks, options, &mut notes);
    if found != rendering {
        rendering = found;
        decoded.0 = read_all(path, pages, decoded.1, options.fit, rendering, budget)?;
    }
    notes.extend(resized(pages, decoded.1, options.fit));
    let is_transparent = looks.iter().any(|look| look.vanishes_on.is_some());
    let (DecodedPages { pixels, sha256, .. }, shape) = decoded;
    let rendering = (rendering, is_transparent.then_some(rendering.background));
    Ok(FolderPixels { pixels, sha256, shape, rendering, notes })
}

/// What is to be said of images that come to another size.
fn resized(pages: &[ListedPage], shape: ImageShape, fit: Fit) -> Option<String> {
    let to = [shape.height, shape.width];
    let mut others: Vec<[usize; 2]> =
        pages.iter().map(|listed| listed.header.sides).filter(|sides| *sides != to).collect();
    others.sort_unstable_by_key(|[height, width]| (height * width, *height));
    let ([least, most], [height, width]) = ([*others.first()?, *others.last()?], to);
    let text = |[height, width]: [usize; 2]| format!("{height}×{width}");
    let sizes = if least == most { text(least) } else { format!("{} to {}", text(least), text(most)) };
    let keeps = others.iter().all(|[rows, columns]| rows * width == columns * height);
    let how = match fit {
        Fit::Resize if keeps => "resized",
        Fit::Resize => "resized, which changes their proportions (data.fit = \"crop\" or \"pad\" keeps them)",
        Fit::Crop => "cropped and resized",
        Fit::Pad => "resized and padded",
        Fit::Tiles => return None, // said where they are cut
    };
    let (images, come) = if others.len() == 1 { ("image", "comes") } else { ("images", "come") };
    Some(format!("{} {images} of {sizes} {come} to {height}×{width}: {how}", others.len()))
}

/// The rendering that suits images that looked like this, where the recipe leaves it open.
fn settle(
    rendering: Rendering,
    looks: &[Look],
    options: FolderOptions<'_>,
    notes: &mut Vec<String>,
) -> Rendering {
    let mut settled = rendering;
    if options.range.is_none() {
        for (is_deep, scale) in [(false, &mut settled.bytes), (true, &mut settled.words)] {
            let Some(largest) =
                looks.iter().filter(|look| look.is_deep == is_deep).map(|look| look.largest).max()
            else {
                continue;
            };
            let extent = Extent { min: 0.0, max: largest.into(), whole: true };
            let Ok((found, note)) = Scale::of(extent, false) else { continue };
            if largest > 0 && found != *scale {
                *scale = found;
                notes.push(note.unwrap_or_else(|| {
                    "values of 16 bits are at most 255: 255 is white (data.range = [0, 255])".into()
                }));
            }
        }
    }
    let transparent: Vec<[bool; 2]> = looks.iter().filter_map(|look| look.vanishes_on).collect();
    if options.background.is_none() && !transparent.is_empty() {
        let vanish = [0, 1].map(|side| transparent.iter().filter(|on| on[side]).count());
        let (background, other) = match vanish[0] > vanish[1] {
            true => (Background::White, Background::Black),
            false => (Background::Black, Background::White),
        };
        settled.background = background;
        let (of, lost) = (transparent.len(), vanish[usize::from(other == Background::White)]);
        let [name, other] = [background, other].map(Background::name);
        notes.push(match lost {
            0 => format!("{of} images with transparent parts are laid over {name} (data.background = \"{other}\" for the other)"),
            _ => format!(
                "{of} images with transparent parts are laid over {name}, because {lost} of them would vanish on {other}, and \
                 {} on {name} (data.background)",
                transparent.len().min(vanish[usize::from(background == Background::White)])
            ),
        });
    }
    settled
}

/// Bytes of pixels that are decoded together.
const PIECE: usize = 1 << 25;

/// Pixels of all pages, their SHA-256, and what each looked like or why it cannot be decoded.
struct DecodedPages {
    pixels: Pixels,
    sha256: String,
    looks: Vec<Result<Look, BrokenFile>>,
}

fn read_all(
    path: &Path,
    pages: &[ListedPage],
    shape: ImageShape,
    fit: Fit,
    rendering: Rendering,
    budget: &MemoryBudget,
) -> Result<DecodedPages, DataError> {
    let each = shape.values();
    let bytes = pages.len().saturating_mul(each);
    let what = || format!("{}: {} images of {shape}", path.display(), pages.len());
    let mut place = if budget.takes(bytes) {
        PixelPlace::Memory(reserve(bytes, what())?)
    } else {
        PixelPlace::File(budget.file()?)
    };
    let (mut hash, mut piece, mut looks) = (Sha256::new(), Vec::new(), Vec::with_capacity(pages.len()));
    for pages in pages.chunks((PIECE / each).max(1)) {
        piece.resize(pages.len() * each, 0);
        let mut room = piece.as_mut_slice();
        // A page is decoded once for all its tiles.
        let together: Vec<(&[ListedPage], &mut [u8])> = pages
            .chunk_by(|a, b| a.tile.is_some() && (a.picture, a.page.page) == (b.picture, b.page.page))
            .map(|tiles| {
                let (out, rest) = std::mem::take(&mut room).split_at_mut(tiles.len() * each);
                room = rest;
                (tiles, out)
            })
            .collect();
        let decoded: Vec<Vec<Result<Look, BrokenFile>>> = together
            .into_par_iter()
            .map(|(tiles, out)| {
                let places: Vec<_> = tiles.iter().map(|listed| listed.tile).collect();
                let look = match render(&tiles[0].page, &places, shape, fit, rendering, out) {
                    Ok(look) => Ok(look),
                    Err(DataError::Picture { file, reason }) => Err(BrokenFile { file, reason }),
                    Err(other) => return Err(other),
                };
                Ok(vec![look; tiles.len()])
            })
            .collect::<Result<_, DataError>>()?;
        looks.extend(decoded.into_iter().flatten());
        hash.update(&piece);
        match &mut place {
            PixelPlace::Memory(pixels) => pixels.extend_from_slice(&piece),
            PixelPlace::File(file) => {
                file.write_all(&piece).map_err(DataError::io(&budget.folder, "write pixels to a file in"))?;
            }
        }
    }
    let pixels = match place {
        PixelPlace::Memory(pixels) => Pixels::Bytes(pixels),
        PixelPlace::File(file) => Pixels::OnDisk(PixelFile::copied(path, file, bytes, Width::Byte)),
    };
    Ok(DecodedPages { pixels, sha256: checksum::hexadecimal(&hash.finalize()), looks })
}

/// Where decoded pixels go.
enum PixelPlace {
    Memory(Vec<u8>),
    File(File),
}
