//! Arrays whose values are pixels: their layout, their scale, and how they come to bytes or floats in [0, 1].

use std::io::Write;

use rayon::prelude::*;

use super::element::Element;
use super::layout::{Layout, square};
use super::memory::MemoryArray;
use super::place::Place;
use super::stream::{ArrayStream, RawArray, end};
use crate::appearance::Background;
use crate::error::array_problem::ArrayProblem;
use crate::error::{DataError, reserve};
use crate::file_record::FileRecord;
use crate::pixels::{MemoryBudget, PassError, PixelFile, Pixels, SharedPixels, Width, pass};
use crate::scale::{Extent, Scale};
use crate::shape::ImageShape;

/// What a recipe says of the values.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ImageOptions {
    /// The values that are black and white; found from the values, if absent.
    pub range: Option<[f64; 2]>,
    /// What lies behind transparent pixels; black, if absent.
    pub background: Option<Background>,
}

/// Images of an array.
pub(crate) struct ArrayImages {
    pub pixels: Pixels,
    pub shape: ImageShape,
    pub record: FileRecord,
    /// The values that became black and white.
    pub scale: [f64; 2],
    /// The same, where values of this type usually have others.
    pub range: Option<[f64; 2]>,
    /// What is to be said of layout and values.
    pub notes: Vec<String>,
}

/// How the values of one image become pixels.
#[derive(Clone, Copy)]
struct Conversion {
    element: Element,
    layout: Layout,
    scale: Scale,
    background: Background,
}

impl Conversion {
    /// Writes the image in `raw` to `out`, [height, width, 1 or 3], in [0, 1].
    fn image(self, raw: &[u8], out: &mut [f32]) {
        let Self { element, layout, scale, .. } = self;
        let (pixels, channels) = (layout.height * layout.width, layout.channels);
        let kept = channels.min(3);
        let value = |pixel: usize, channel: usize| {
            let at =
                if layout.channels_first { channel * pixels + pixel } else { pixel * channels + channel };
            scale.intensity(element.number(&raw[at * element.width()..][..element.width()]))
        };
        for (pixel, out) in out.chunks_exact_mut(kept).enumerate() {
            out.iter_mut().enumerate().for_each(|(channel, out)| *out = value(pixel, channel));
            if channels == 4 {
                let alpha = value(pixel, 3);
                let behind = self.background.intensity() * (1.0 - alpha);
                out.iter_mut().for_each(|out| *out = *out * alpha + behind);
            }
        }
    }
}

/// Reads the array at `place` as images: in memory if `budget` takes them, else they stay on disk.
pub(crate) fn read(
    place: &Place,
    options: ImageOptions,
    budget: &MemoryBudget,
) -> Result<ArrayImages, DataError> {
    let (shape, element) = place.header()?;
    let allowed = "[n, height, width], [n, height, width, channels] or [n, channels, height, width] with 1, 3 or 4 \
                   channels, or [n, height · width] of square images";
    let refuse_shape = |found: &[usize]| place.refuse(ArrayProblem::Shape { found: found.to_vec(), allowed });
    let (layout, note) = Layout::of(&shape).ok_or_else(|| refuse_shape(&shape))?;
    if element.is_text() {
        let allowed = "bool, integers or floats of any width";
        return Err(place.refuse(ArrayProblem::Type { found: "text".into(), allowed }));
    }
    if layout.images == 0 || layout.values() == 0 {
        return Err(place.refuse(ArrayProblem::Shape { found: shape, allowed: "of positive sides" }));
    }
    let mut notes: Vec<String> = note.into_iter().collect();
    let of = |(pixels, record, scale): Images, notes| {
        let usual = if element.is_float() || element.is_bool() { Scale::UNIT } else { Scale::BYTES };
        let range = (scale != usual || options.range.is_some()).then(|| scale.range());
        ArrayImages { pixels, shape: layout.shape(), record, scale: scale.range(), range, notes }
    };
    let raw_bytes = layout.images.saturating_mul(layout.values()).saturating_mul(element.width());
    if let Some(array) = place.in_memory()?
        && let Some(images) = borrowed(place, &array, layout, options, &mut notes)?
    {
        return Ok(of(images, notes));
    }
    // As they come and as pixels, which are bytes or floats; bytes that stay bytes are there once.
    let plain_bytes = element == Element::BYTE && layout.is_plain();
    let pixels = layout.images.saturating_mul(layout.shape().values());
    let as_pixels = if plain_bytes { 0 } else { pixels.saturating_mul(4) };
    let images = if budget.takes(raw_bytes.saturating_add(as_pixels)) {
        in_memory(place, layout, options, &mut notes)?
    } else {
        on_disk(place, layout, options, budget, &mut notes)?
    };
    Ok(of(images, notes))
}

/// Whether the rows of a two-dimensional array are square images: of values on a scale that images have, and of more
/// than a few.
///
/// # Errors
/// If the array cannot be read.
pub(crate) fn rows_are_images(place: &Place) -> Result<bool, DataError> {
    /// Rows of fewer values on such a scale may as well be anything.
    const LEAST_SIDE: usize = 8;
    let (shape, element) = place.header()?;
    let [_, values] = shape[..] else { return Ok(true) };
    let Some(side) = square(values) else { return Ok(false) };
    if element.is_bool() || element == Element::BYTE {
        return Ok(true);
    }
    if side < LEAST_SIDE || element.is_text() {
        return Ok(false);
    }
    let mut all = Extent::new();
    let is_finite = place.open(|mut stream| {
        let look = |at: usize, piece: &[u8]| {
            all = all.merge(extent(place, element, at / element.width(), piece)?);
            Ok(())
        };
        match pass(&mut stream.reader, stream.length, None, look) {
            Ok(_) => Ok(true),
            Err(PassError::Look(DataError::Array { .. })) => Ok(false), // a value that is not finite
            Err(PassError::Look(error)) => Err(error),
            Err(PassError::Read(error)) => Err(place.read_error(error)),
            Err(PassError::Write(error)) => Err(DataError::io(&place.file, "read")(error)),
        }
    })?;
    Ok(is_finite && Scale::of(all, element.is_float()).is_ok())
}

/// The scale of values of this extent, unless it is given.
fn scale(
    place: &Place,
    element: Element,
    extent: Extent,
    given: Option<[f64; 2]>,
    notes: &mut Vec<String>,
) -> Result<Scale, DataError> {
    if let Some(range) = given {
        let given = Scale::from_range(range);
        if let Some(usual) = out_of_range(element, extent, given) {
            let [white, high] = [usual, given].map(|scale| scale.range()[1]);
            let what = if element.is_float() { "floats from 0 to 1" } else { "bytes" };
            notes.push(format!(
                "values are {what}, which data.range = [0, {high}] is not for: {white} is white"
            ));
            return Ok(usual);
        }
        return Ok(given);
    }
    if element.is_bool() {
        notes.push("values are true and false: true is white".into());
        return Ok(Scale::UNIT);
    }
    match Scale::of(extent, element.is_float()) {
        Ok((scale, note)) => {
            notes.extend(note);
            Ok(scale)
        }
        // Whoever says that they are images means the values that there are.
        Err(_) if extent.min < extent.max && place.is_said_to_hold_images()? => {
            let [low, high] = [extent.min.min(0.0), extent.max];
            notes.push(format!(
                "values are from {low} to {high}: {high} is white (data.range = [{low}, {high}])"
            ));
            Ok(Scale::from_range([low, high]))
        }
        Err(problem) => Err(place.refuse(problem)),
    }
}

/// The scale of values that cannot be meant by the one given, since all would be nearly black: a run on images of 12 bits
/// is given bytes, or floats up to 1.
fn out_of_range(element: Element, extent: Extent, given: Scale) -> Option<Scale> {
    let [low, high] = given.range();
    let usual = match element {
        _ if element.is_byte() => Scale::BYTES,
        _ if element.is_float() && extent.min >= 0.0 && extent.max <= 1.0 => Scale::UNIT,
        _ => return None,
    };
    (low == 0.0 && high > 255.0 || usual == Scale::UNIT && low == 0.0 && high >= 255.0).then_some(usual)
}

/// Whether pixels on this scale are whole bytes.
fn gives_bytes(extent: Extent, scale: Scale, layout: Layout) -> bool {
    let [low, high] = scale.range();
    extent.whole && low == 0.0 && 255.0 % high == 0.0 && high >= 1.0 && layout.channels != 4
}

/// Looks at all values from value `first` on.
fn extent(place: &Place, element: Element, first: usize, bytes: &[u8]) -> Result<Extent, DataError> {
    if element == Element::BYTE {
        let (min, max) = bytes.iter().fold((u8::MAX, 0), |(min, max), byte| (min.min(*byte), max.max(*byte)));
        return Ok(Extent { min: f64::from(min), max: f64::from(max), whole: true });
    }
    if element == Element::FLOAT {
        let (mut extent, mut finite) = ([f32::INFINITY, f32::NEG_INFINITY], true);
        let mut whole = true;
        for value in bytes.as_chunks().0 {
            let value = f32::from_le_bytes(*value);
            extent = [extent[0].min(value), extent[1].max(value)];
            whole &= value.trunc() == value;
            finite &= value.is_finite();
        }
        if finite {
            let [min, max] = extent.map(f64::from);
            return Ok(Extent { min, max, whole });
        }
    }
    let mut extent = Extent::new();
    for (index, value) in bytes.chunks_exact(element.width()).enumerate() {
        let value = element.number(value);
        if !value.is_finite() {
            return Err(place.refuse(ArrayProblem::NonFinite { index: first + index, value }));
        }
        extent.add(value);
    }
    Ok(extent)
}

type Images = (Pixels, FileRecord, Scale);

/// How values of a type that are pixels as they lie are kept.
fn kept(element: Element, layout: Layout) -> Option<Width> {
    match element {
        Element::BYTE if layout.is_plain() => Some(Width::Byte),
        Element::FLOAT if layout.is_plain() => Some(Width::Float),
        _ => None,
    }
}

/// Whether values on this scale are pixels as they lie.
fn are_pixels(width: Width, scale: Scale, extent: Extent) -> bool {
    match width {
        Width::Byte => scale.is_bytes(),
        Width::Float => scale == Scale::UNIT && extent.min >= 0.0 && extent.max <= 1.0,
    }
}

/// The images of an array in memory where they lie, if their values are pixels.
fn borrowed(
    place: &Place,
    array: &MemoryArray,
    layout: Layout,
    options: ImageOptions,
    notes: &mut Vec<String>,
) -> Result<Option<Images>, DataError> {
    let element = array.element;
    let Some(width) = kept(element, layout) else { return Ok(None) };
    let (bytes, record) = array.bytes(place)?;
    let extent = extent_of_all(place, element, layout, (*bytes).as_ref())?;
    let mut found = Vec::new();
    let scale = scale(place, element, extent, options.range, &mut found)?;
    if !are_pixels(width, scale, extent) {
        return Ok(None);
    }
    notes.append(&mut found);
    Ok(Some((Pixels::Shared(SharedPixels::new(bytes, width)), record, scale)))
}

/// Looks at all values of all images.
fn extent_of_all(place: &Place, element: Element, layout: Layout, bytes: &[u8]) -> Result<Extent, DataError> {
    let found: Result<Vec<Extent>, DataError> = bytes
        .par_chunks(layout.values() * element.width())
        .enumerate()
        .map(|(image, raw)| extent(place, element, image * layout.values(), raw))
        .collect();
    Ok(found?.into_iter().fold(Extent::new(), Extent::merge))
}

fn in_memory(
    place: &Place,
    layout: Layout,
    options: ImageOptions,
    notes: &mut Vec<String>,
) -> Result<Images, DataError> {
    let (raw, record) = place.read()?;
    let element = raw.element;
    let bytes = RawArray::in_order(raw, place)?;
    let each = layout.values() * element.width();
    let extent = extent_of_all(place, element, layout, &bytes)?;
    let scale = scale(place, element, extent, options.range, notes)?;
    if element == Element::BYTE && scale.is_bytes() && layout.is_plain() {
        return Ok((Pixels::Bytes(bytes), record, scale));
    }
    let conversion =
        Conversion { element, layout, scale, background: options.background.unwrap_or_default() };
    let values = layout.shape().values();
    let what = || place.label().display().to_string();
    if gives_bytes(extent, scale, layout) {
        let mut pixels: Vec<u8> = reserve(layout.images * values, what())?;
        pixels.resize(layout.images * values, 0);
        pixels.par_chunks_exact_mut(values).zip(bytes.par_chunks_exact(each)).for_each_init(
            || vec![0.0; values],
            |image, (out, raw)| {
                conversion.image(raw, image);
                out.iter_mut().zip(image).for_each(|(out, value)| *out = (*value * 255.0).round() as u8);
            },
        );
        return Ok((Pixels::Bytes(pixels), record, scale));
    }
    let mut pixels: Vec<f32> = reserve(layout.images * values, what())?;
    pixels.resize(layout.images * values, 0.0);
    let images = pixels.par_chunks_exact_mut(values).zip(bytes.par_chunks_exact(each));
    images.for_each(|(out, raw)| conversion.image(raw, out));
    Ok((Pixels::Floats(pixels), record, scale))
}

/// Values are looked through first. Those that are pixels as they are stay where they lie, or in a copy of them; of
/// others a second pass makes pixels in a file of our own.
fn on_disk(
    place: &Place,
    layout: Layout,
    options: ImageOptions,
    budget: &MemoryBudget,
    notes: &mut Vec<String>,
) -> Result<Images, DataError> {
    let writing = || DataError::io(&budget.folder, "write pixels to a file in");
    let (mut stored, record, extent, element) = place.open(|stream| {
        let ArrayStream { mut reader, element, length, in_place, fortran, .. } = stream;
        if fortran {
            let (bytes, most) = (length as u64, budget.most);
            return Err(place.refuse(ArrayProblem::FortranOrder { bytes, most }));
        }
        let width = kept(element, layout);
        let mut copy = if in_place || width.is_none() { None } else { Some(budget.file()?) };
        let (first, mut all) = (reader.offset, Extent::new());
        let look = |at: usize, piece: &[u8]| {
            all = all.merge(extent(place, element, at / element.width(), piece)?);
            Ok(())
        };
        let found = pass(&mut reader, length, copy.as_mut(), look).map_err(|error| match error {
            PassError::Read(error) => place.read_error(error),
            PassError::Write(error) => writing()(error),
            PassError::Look(error) => error,
        })?;
        let record = end(reader, length, found, place)?;
        let stored = width.map(|width| (width, copy, first));
        Ok((stored, record, all, element))
    })?;
    let scale = scale(place, element, extent, options.range, notes)?;
    let values = layout.images * layout.shape().values();
    if let Some((width, copy, first)) = stored.take().filter(|(width, ..)| are_pixels(*width, scale, extent))
    {
        let pixels = match copy {
            Some(file) => PixelFile::copied(&place.file, file, values, width),
            None => PixelFile::in_place(&place.file, first, values, width)?,
        };
        return Ok((Pixels::OnDisk(pixels), record, scale));
    }
    let conversion =
        Conversion { element, layout, scale, background: options.background.unwrap_or_default() };
    let width = if gives_bytes(extent, scale, layout) { Width::Byte } else { Width::Float };
    let mut file = budget.file()?;
    place.open(|mut stream| {
        let mut image = vec![0.0; layout.shape().values()];
        let (mut raw, mut bytes) = (Vec::new(), Vec::new());
        for _ in 0..layout.images {
            raw.clear();
            let length = layout.values() * element.width();
            let found = stream.reader.append(length, &mut raw).map_err(|error| place.read_error(error))?;
            if found < length {
                return Err(DataError::Changed { path: place.file.clone() });
            }
            conversion.image(&raw, &mut image);
            bytes.clear();
            match width {
                Width::Byte => bytes.extend(image.iter().map(|value| (value * 255.0).round() as u8)),
                Width::Float => bytes.extend(image.iter().flat_map(|value| value.to_le_bytes())),
            }
            file.write_all(&bytes).map_err(writing())?;
        }
        Ok(())
    })?;
    Ok((Pixels::OnDisk(PixelFile::copied(&place.file, file, values, width)), record, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_say_where_the_channels_are() {
        let of = |shape: &[usize]| {
            let (layout, note) = Layout::of(shape)?;
            let Layout { images, channels_first, .. } = layout;
            Some((images, layout.shape().to_string(), channels_first, note.is_some()))
        };
        let expected = |images, shape: &str, first, said| Some((images, shape.to_owned(), first, said));
        assert_eq!(of(&[120, 28, 28]), expected(120, "28×28×1", false, false));
        assert_eq!(of(&[120, 28, 28, 1]), expected(120, "28×28×1", false, false));
        assert_eq!(of(&[120, 28, 20, 3]), expected(120, "28×20×3", false, false));
        assert_eq!(of(&[120, 28, 20, 4]), expected(120, "28×20×3", false, false));
        assert_eq!(of(&[120, 3, 28, 20]), expected(120, "28×20×3", true, true));
        assert_eq!(of(&[120, 784]), expected(120, "28×28×1", false, true));
        assert_eq!(of(&[48, 64, 3]), expected(1, "48×64×3", false, true));
        assert_eq!(of(&[48, 64, 4]), expected(1, "48×64×3", false, true));
        assert_eq!(of(&[120, 4, 4]), expected(120, "4×4×1", false, false));
        assert_eq!(of(&[3, 48, 64]), expected(3, "48×64×1", false, false));
        for none in [&[120, 785][..], &[120], &[], &[5, 28, 28, 2], &[2, 3, 4, 5, 3], &[7, 9]] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }
}
