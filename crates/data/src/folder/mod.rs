//! Folders of image files: what lies in them ([`tree`]), what their sub-folders mean ([`layout`]), and their pixels;
//! likewise of the images that tables hold in their rows ([`parts`]).

mod layout;
mod parts;
mod tree;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::array::Members;
use crate::dataset::{Dataset, FileRecord, ImageShape, Verification};
use crate::dirs::DataDirs;
use crate::error::{BrokenFile, DataError, reserve};
use crate::inventory::{Inventory, PoolFacts};
use crate::picture::{self, Background, Channels, Fit, Header, Look, Page, Picture, Rendering};
use crate::pixels::{Holding, Pixels, Stored, Width};
use crate::pool::Pool;
use crate::scale::{Extent, Scale};
use crate::{checksum, natural};
use layout::{Listing, Role, layout};
use tree::Tree;

pub(crate) use tree::is_image;

/// How the images of a folder are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FolderOptions<'a> {
    /// Height and width that all images get; their own, which must then be one size, if absent.
    pub size: Option<[usize; 2]>,
    pub fit: Fit,
    pub channels: Channels,
    /// The values that are black and white; found from the values, if absent.
    pub range: Option<[f64; 2]>,
    /// What lies behind transparent pixels; chosen by what vanishes on it, if absent.
    pub background: Option<Background>,
    /// Whether files that are broken are left out.
    pub skip_broken: bool,
    /// The columns of images and of labels, of tables that hold images.
    pub members: Members<'a>,
}

/// The images of a folder, of one file, or of the rows of tables, in their splits where it has some.
pub(crate) fn open(path: &Path, options: FolderOptions<'_>, holding: &Holding) -> Result<Pool, DataError> {
    let Listing { pictures, classes, roles, left_out, notes } = list(path, options.members, holding)?;
    let mut broken = Vec::new();
    let mut pages = Vec::new();
    let found: Vec<_> =
        pictures.par_iter().enumerate().map(|(index, picture)| (index, picture::headers(picture))).collect();
    for (index, headers) in found {
        match headers {
            Ok(headers) => pages.extend(headers.into_iter().map(|(page, header)| (index, page, header))),
            Err(DataError::Picture { file, reason }) => broken.push(BrokenFile { file, reason }),
            Err(other) => return Err(other),
        }
    }
    let Decoded { pixels, sha256, shape, rendering, notes: decoding_notes } =
        decode(path, &mut pages, &mut broken, options, holding)?;
    let names: Option<Vec<String>> = pages.iter().map(|(_, page, _)| name_of(path, page)).collect();
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
        set = set.with_labels(pages.iter().map(|(file, ..)| labels[*file]).collect(), names)?;
    }
    let mut pool = Pool {
        kinds: kinds(&pages),
        left_out: left_out.into_iter().chain(skipped(path, &broken)).collect(),
        notes: notes.into_iter().chain(decoding_notes).collect(),
        range: settled_range(rendering),
        background: rendering.1,
        ..Pool::new(set.clone())
    };
    if let Some(roles) = roles {
        let part = |role: Role| {
            let of = |at: &usize| roles[pages[*at].0] == role;
            let indices: Vec<usize> = (0..pages.len()).filter(of).collect();
            (!indices.is_empty()).then(|| set.subset(&indices)).transpose()
        };
        (pool.valid, pool.test) = (part(Role::Valid)?, part(Role::Test)?);
        pool.set = part(Role::Train)?.unwrap_or_else(|| set.clone());
    }
    Ok(pool)
}

/// The folder's name, or that of the file without its extension.
fn set_name(path: &Path) -> String {
    let named = path.file_name().map(|_| path.to_path_buf()).or_else(|| path.canonicalize().ok());
    let named = named.unwrap_or_else(|| path.to_path_buf());
    let name = if named.is_dir() { named.file_name() } else { named.file_stem() };
    name.unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// What a folder of images holds, by the headers of its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survey {
    /// How many images.
    pub images: usize,
    /// Height and width of the image in the middle, by its smaller side.
    pub median: [usize; 2],
    /// Whether all images have these sides.
    pub uniform: bool,
    /// Whether none has colours.
    pub grey: bool,
}

/// Looks at a folder of images, or at the images in a Parquet file, without reading their pixels; `array` names the
/// column that holds them, where it has none of the usual names. With `skip_broken` passes over files that are no images.
///
/// # Errors
/// If it holds no image, or a file in it is none.
pub fn survey(path: &Path, array: Option<&str>, skip_broken: bool) -> Result<Survey, DataError> {
    let members = Members { array, label: Some("none") };
    let Listing { pictures, .. } = list(path, members, &Holding::all_in_memory())?;
    let found: Vec<_> = pictures.par_iter().map(picture::headers).collect();
    let (mut headers, mut first_fault) = (Vec::new(), None);
    for found in found {
        match found {
            Ok(found) => headers.extend(found.into_iter().map(|(_, header)| header)),
            Err(error) => first_fault = first_fault.or(Some(error)),
        }
    }
    if let Some(fault) = first_fault.filter(|_| headers.is_empty() || !skip_broken) {
        return Err(fault);
    }
    let mut sides: Vec<[usize; 2]> = headers.iter().map(|header| header.sides).collect();
    sides.sort_unstable_by_key(|[height, width]| (*height.min(width), *height, *width));
    let uniform = sides.first() == sides.last();
    let grey = headers.iter().all(|header| header.grey);
    Ok(Survey { images: headers.len(), median: sides[sides.len() / 2], uniform, grey })
}

/// How files of the user's own are brought to what a network takes.
#[derive(Clone, Copy, Debug)]
pub struct PictureOptions {
    /// Shape of the images, of 1 or 3 channels.
    pub shape: ImageShape,
    /// How they come to its sides.
    pub fit: Fit,
    /// The values that are black and white; of each file's own type, if absent.
    pub range: Option<[f64; 2]>,
    /// What lies behind transparent pixels.
    pub background: Option<Background>,
    /// Whether files that are broken are left out.
    pub skip_broken: bool,
}

impl PictureOptions {
    /// Files as they are, resized to `shape` over black.
    pub fn new(shape: ImageShape) -> Self {
        Self { shape, fit: Fit::default(), range: None, background: None, skip_broken: false }
    }
}

/// Reads one image file, or all of a folder and of the folders in it, brought to one shape. The set tells each image's
/// file and, of a folder with sub-folders, its class. `dirs` says how much of it is held in memory.
///
/// # Errors
/// If there are none, one is broken, or the shape has other than 1 or 3 channels.
pub fn load_pictures(path: &Path, options: &PictureOptions, dirs: &DataDirs) -> Result<Dataset, DataError> {
    let PictureOptions { shape, fit, range, background, skip_broken } = *options;
    let channels = match shape.channels {
        1 => Channels::Grey,
        3 => Channels::Rgb,
        _ => Channels::Auto,
    };
    if channels == Channels::Auto || shape.values() == 0 {
        let reason = format!("images cannot be brought to a shape of {shape}");
        return Err(DataError::Picture { file: path.to_path_buf(), reason });
    }
    let size = Some([shape.height, shape.width]);
    let options =
        FolderOptions { size, fit, channels, range, background, skip_broken, members: Members::default() };
    let mut pool = open(path, options, &dirs.holding())?;
    // A folder of splits is here a folder of images.
    let set = pool.set.whole();
    let inventory = Inventory::new(PoolFacts::take(&mut pool), Vec::new(), &[&set]);
    Ok(set.with_inventory(Arc::new(inventory)))
}

/// An image among those that [`load_pictures`] reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPicture {
    /// Its file.
    pub file: PathBuf,
    /// Which image of the file it is, counted from 0.
    pub page: usize,
    /// As [`Dataset::file_name`] tells it.
    pub name: String,
    /// Height and width held upright; 1 channel where it has no colours, else 3.
    pub shape: ImageShape,
}

/// The images that [`load_pictures`] reads, in its order. No pixels are read.
///
/// # Errors
/// If there are none, or the header of one is broken.
pub fn list_pictures(path: &Path) -> Result<Vec<ListedPicture>, DataError> {
    let mut pictures = Vec::new();
    let mut images = HashMap::<PathBuf, usize>::new();
    for picture in list(path, Members::default(), &Holding::all_in_memory())?.pictures {
        for (page, Header { sides: [height, width], grey }) in picture::headers(&picture)? {
            let shape = ImageShape::new(height, width, if grey { 1 } else { 3 });
            let name = name_of(path, &page).unwrap_or_else(|| format!("image-{:05}", pictures.len()));
            let (file, of_file) = (picture.file.clone(), images.entry(picture.file.clone()).or_default());
            pictures.push(ListedPicture { file, page: *of_file, name, shape });
            *of_file += 1;
        }
    }
    Ok(pictures)
}

/// Whether a file is, by its name, a Parquet table.
pub(crate) fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

/// The pictures of a folder, of the rows of tables, or the one of a file.
fn list(path: &Path, members: Members<'_>, holding: &Holding) -> Result<Listing, DataError> {
    if !path.is_dir() {
        if is_parquet(path) {
            return parts::list(path, &[path.to_path_buf()], members, holding);
        }
        let pictures = vec![Picture::file(path.to_path_buf())];
        return Ok(Listing { pictures, classes: None, roles: None, left_out: Vec::new(), notes: Vec::new() });
    }
    let (tree, left_out) = Tree::read(path)?;
    if tree.count() == 0 {
        if !left_out.tables().is_empty() {
            return parts::list(path, left_out.tables(), members, holding);
        }
        let mut problem =
            "holds no images of a kind that is read (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM)".to_owned();
        if left_out.has_images() || !left_out.told().is_empty() {
            problem += &format!("; it holds {}", left_out.told().join("; "));
        }
        return Err(DataError::Folder { path: path.to_path_buf(), problem });
    }
    let mut listing = layout(path, &tree)?;
    listing.left_out.extend(left_out.told());
    Ok(listing)
}

/// The name of an image relative to the folder `path`, or alone where its file is `path` itself; with its page, where
/// the picture has several. An image in a table has the name that stands there, if one does.
fn name_of(path: &Path, Page { picture, page, of }: &Page) -> Option<String> {
    let name = match &picture.row {
        Some(row) => row.name.clone()?,
        None => {
            let file = &picture.file;
            let relative = file.strip_prefix(path).ok().filter(|relative| !relative.as_os_str().is_empty());
            relative.or(file.file_name().map(Path::new)).unwrap_or(file).to_string_lossy().into_owned()
        }
    };
    Some(if *of == 1 { name } else { format!("{name}#{}", page + 1) })
}

/// How many images there are of each extension, most first.
fn kinds(pages: &[Numbered]) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::<String, usize>::new();
    for (_, page, _) in pages {
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
fn skipped(path: &Path, broken: &[BrokenFile]) -> Option<String> {
    const SHOWN: usize = 3;
    let name =
        |broken: &BrokenFile| broken.file.strip_prefix(path).unwrap_or(&broken.file).display().to_string();
    let mut names: Vec<String> = broken.iter().map(name).collect();
    names.sort_by(|a, b| natural::compare(a, b));
    names.truncate(SHOWN);
    let more = if broken.len() > SHOWN { ", …" } else { "" };
    let what = if broken.len() == 1 { "broken file" } else { "broken files" };
    (!broken.is_empty()).then(|| format!("{} {what}: {}{more}", broken.len(), names.join(", ")))
}

/// A page with the position of its picture in the listing.
type Numbered = (usize, Page, Header);

/// The shape that all images get, found from their headers where it is not given.
fn shape(pages: &[Numbered], options: FolderOptions<'_>) -> Result<ImageShape, DataError> {
    let grey = match options.channels {
        Channels::Grey => true,
        Channels::Rgb => false,
        Channels::Auto => pages.iter().all(|(_, _, header)| header.grey),
    };
    let (_, first_page, Header { sides: first, .. }) = &pages[0];
    let other = pages.iter().find(|(_, _, header)| header.sides != *first);
    if let (None, Some((_, page, header))) = (options.size, other) {
        let [[height, width], [other_height, other_width]] = [*first, header.sides];
        let allowed = format!(
            "must be given, for the images are not all of one size: {} is {height}×{width}, {} is \
             {other_height}×{other_width}",
            first_page.picture.label().display(),
            page.picture.label().display()
        );
        return Err(DataError::field("size", "nothing", allowed));
    }
    let [height, width] = options.size.unwrap_or(*first);
    Ok(ImageShape::new(height, width, if grey { 1 } else { 3 }))
}

/// All pixels of a folder.
struct Decoded {
    pixels: Pixels,
    sha256: String,
    shape: ImageShape,
    /// The rendering, and its background where some image is transparent.
    rendering: (Rendering, Option<Background>),
    notes: Vec<String>,
}

/// The range that a recipe says for a rendering that is not the usual one.
fn settled_range((rendering, _): (Rendering, Option<Background>)) -> Option<[f64; 2]> {
    let usual = Rendering::default();
    let changed = [(rendering.words, usual.words), (rendering.bytes, usual.bytes)];
    changed.into_iter().find(|(found, usual)| found != usual).map(|(found, _)| found.range())
}

/// Decodes all pages. What is broken moves to `broken`, and is an error unless such files are left out. Where the
/// values turn out to be on another scale, or images to vanish on black, all is decoded once more.
fn decode(
    path: &Path,
    pages: &mut Vec<Numbered>,
    broken: &mut Vec<BrokenFile>,
    options: FolderOptions<'_>,
    holding: &Holding,
) -> Result<Decoded, DataError> {
    let mut rendering = Rendering::new(options.range, options.background);
    let refuse = |broken: &[BrokenFile]| {
        let mut files = broken.to_vec();
        files.sort_by(|a, b| natural::compare(&a.file.to_string_lossy(), &b.file.to_string_lossy()));
        Err(match <[BrokenFile; 1]>::try_from(files) {
            Ok([BrokenFile { file, reason }]) => DataError::Picture { file, reason },
            Err(files) => DataError::Broken { folder: path.to_path_buf(), files },
        })
    };
    if !broken.is_empty() && !options.skip_broken || pages.is_empty() {
        // What else is broken is told at once, whatever the sizes of the others.
        let faults: Vec<DataError> =
            pages.par_iter().filter_map(|(_, page, _)| picture::decode(page).err()).collect();
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
        let all = read_all(path, pages, shape, options.fit, rendering, holding)?;
        let faults: Vec<usize> =
            all.looks.iter().enumerate().filter(|(_, look)| look.is_err()).map(|(i, _)| i).collect();
        if faults.is_empty() && (broken.is_empty() || options.skip_broken) {
            break (all, shape);
        }
        let mut looks = all.looks.into_iter();
        let mut bad = Vec::new();
        pages.retain(|(file, ..)| match looks.next() {
            Some(Err(fault)) => {
                bad.push((*file, fault));
                false
            }
            _ => true,
        });
        for (file, fault) in bad {
            pages.retain(|(other, ..)| *other != file); // all pages of it
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
        decoded.0 = read_all(path, pages, decoded.1, options.fit, rendering, holding)?;
    }
    notes.extend(resized(pages, decoded.1, options.fit));
    let is_transparent = looks.iter().any(|look| look.vanishes_on.is_some());
    let (All { pixels, sha256, .. }, shape) = decoded;
    let rendering = (rendering, is_transparent.then_some(rendering.background));
    Ok(Decoded { pixels, sha256, shape, rendering, notes })
}

/// What is to be said of images that come to another size.
fn resized(pages: &[Numbered], shape: ImageShape, fit: Fit) -> Option<String> {
    let to = [shape.height, shape.width];
    let mut others: Vec<[usize; 2]> =
        pages.iter().map(|(_, _, header)| header.sides).filter(|sides| *sides != to).collect();
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
struct All {
    pixels: Pixels,
    sha256: String,
    looks: Vec<Result<Look, BrokenFile>>,
}

fn read_all(
    path: &Path,
    pages: &[Numbered],
    shape: ImageShape,
    fit: Fit,
    rendering: Rendering,
    holding: &Holding,
) -> Result<All, DataError> {
    let each = shape.values();
    let bytes = pages.len().saturating_mul(each);
    let what = || format!("{}: {} images of {shape}", path.display(), pages.len());
    let mut place = if holding.takes(bytes) {
        PixelPlace::Memory(reserve(bytes, what())?)
    } else {
        PixelPlace::File(holding.file()?)
    };
    let (mut hash, mut piece, mut looks) = (Sha256::new(), Vec::new(), Vec::with_capacity(pages.len()));
    for pages in pages.chunks((PIECE / each).max(1)) {
        piece.resize(pages.len() * each, 0);
        let decoded: Vec<Result<Look, DataError>> = piece
            .par_chunks_exact_mut(each)
            .zip(pages)
            .map(|(out, (_, page, _))| picture::read(page, shape, fit, rendering, out))
            .collect();
        for look in decoded {
            looks.push(match look {
                Ok(look) => Ok(look),
                Err(DataError::Picture { file, reason }) => Err(BrokenFile { file, reason }),
                Err(other) => return Err(other),
            });
        }
        hash.update(&piece);
        match &mut place {
            PixelPlace::Memory(pixels) => pixels.extend_from_slice(&piece),
            PixelPlace::File(file) => {
                file.write_all(&piece)
                    .map_err(DataError::io(&holding.folder, "write pixels to a file in"))?;
            }
        }
    }
    let pixels = match place {
        PixelPlace::Memory(pixels) => Pixels::Bytes(pixels),
        PixelPlace::File(file) => Pixels::Stored(Stored::copied(path, file, bytes, Width::Byte)),
    };
    Ok(All { pixels, sha256: checksum::hexadecimal(&hash.finalize()), looks })
}

/// Where decoded pixels go.
enum PixelPlace {
    Memory(Vec<u8>),
    File(File),
}
