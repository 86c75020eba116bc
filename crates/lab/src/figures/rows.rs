//! Images compared column by column, in as many blocks of rows as it takes to stay readable.

use analysis::{ImageQuality, image_quality};
use data::Dataset;
use report::{ComparisonRows, Figure, ImageRow, Images};

use crate::error::Error;
use crate::pictures::Pictures;
use crate::runs::Reconstruction;

/// Images in a row of a comparison that has several blocks.
pub const COLUMNS: usize = 10;
/// Images in one comparison at most; a folder or an array takes any number.
pub const MOST: usize = 200;

/// Originals over reconstructions, with the PSNR of each.
pub fn reconstructions(made: &Reconstruction, titles: &[String]) -> Result<Figure, Error> {
    let psnr = quality_captions(&made.targets, &made.outputs)?;
    let rows = [Row::new("original", &made.targets), Row::new("reconstruction", &made.outputs).with(psnr)];
    draw(&rows, titles, None)
}

/// The PSNR of each output, as captions.
pub fn quality_captions(targets: &Pictures, outputs: &Pictures) -> Result<Vec<String>, Error> {
    captions(targets, outputs, |quality| format!("{:.1} dB", quality.psnr))
}

/// Originals, what the network was given, and what it made of that, with PSNR and SSIM of both.
pub fn denoised(made: &Reconstruction, titles: &[String]) -> Result<Figure, Error> {
    let text = |quality: &ImageQuality| format!("{:.1} dB · {:.2}", quality.psnr, quality.ssim);
    let before = captions(&made.targets, &made.inputs, text)?;
    let after = captions(&made.targets, &made.outputs, text)?;
    let title = (!after.is_empty()).then_some("PSNR · SSIM, measured against the original");
    let rows = [
        Row::new("original", &made.targets),
        Row::new("noisy", &made.inputs).with(before),
        Row::new("denoised", &made.outputs).with(after),
    ];
    draw(&rows, titles, title)
}

/// Images as they came over what the network made of them, where no clean original is known.
pub fn cleaned(made: &Reconstruction) -> Result<Figure, Error> {
    draw(&[Row::new("given", &made.inputs), Row::new("denoised", &made.outputs)], &[], None)
}

/// Training images over what the network saw of them in some epochs.
pub fn augmented(originals: &Pictures, epochs: &[Pictures]) -> Result<Figure, Error> {
    let labels: Vec<String> = (1..=epochs.len()).map(|epoch| format!("epoch {epoch}")).collect();
    let seen = labels.iter().zip(epochs).map(|(label, pictures)| Row::new(label, pictures));
    let rows: Vec<Row<'_>> = std::iter::once(Row::new("original", originals)).chain(seen).collect();
    draw(&rows, &[], None)
}

/// Images over their reconstructions, and those in whose hot places there is colour; a score below each, a title above it,
/// whatever their number.
pub fn strangest(
    made: &Reconstruction,
    titles: &[String],
    scores: Vec<String>,
    over: Option<&Pictures>,
    title: &str,
) -> Result<Figure, Error> {
    let mut rows = vec![
        Row::new("original", &made.targets).with(titles.to_vec()),
        Row::new("reconstruction", &made.outputs).with(scores),
    ];
    rows.extend(over.map(|over| Row::new("where", over)));
    draw_within(&rows, &[], Some(title), COLUMNS)
}

/// A row of images of a set, of any number, each with a caption.
pub struct UnevenRow {
    label: String,
    pictures: Pictures,
    captions: Vec<String>,
}

impl UnevenRow {
    /// The images of `set` at `indices`, as many captions.
    pub fn of(set: &Dataset, indices: &[usize], label: String, captions: Vec<String>) -> Self {
        Self { label, pictures: Pictures::of(set, indices), captions }
    }

    /// The row with another one's images before its own.
    pub fn after(self, first: Self) -> Self {
        let [count, height, width, channels] = self.pictures.shape;
        let pixels = [first.pictures.pixels, self.pictures.pixels].concat();
        let shape = [first.pictures.shape[0] + count, height, width, channels];
        let captions = [first.captions, self.captions].concat();
        Self { label: self.label, pictures: Pictures { pixels, shape }, captions }
    }
}

/// Rows of different lengths below each other; places that are left are white, which is not seen.
pub fn uneven(rows: &[UnevenRow], column_titles: &[String], title: Option<&str>) -> Result<Figure, Error> {
    let longest = rows.iter().map(|row| row.pictures.count()).max().unwrap_or(0);
    let filled: Vec<(Vec<f32>, Vec<String>)> = rows
        .iter()
        .map(|row| {
            let [_, height, width, channels] = row.pictures.shape;
            let (mut pixels, mut captions) = (row.pictures.pixels.clone(), row.captions.clone());
            pixels.resize(longest * height * width * channels, 1.0);
            captions.resize(longest, String::new());
            (pixels, captions)
        })
        .collect();
    let rows: Vec<ImageRow> = std::iter::zip(rows, &filled)
        .map(|(row, (pixels, captions))| {
            let [_, height, width, channels] = row.pictures.shape;
            let images = Images::new(pixels, [longest, height, width, channels])?;
            Ok(ImageRow { label: &row.label, images, captions })
        })
        .collect::<Result<_, Error>>()?;
    Ok(ComparisonRows { column_titles, title, ..ComparisonRows::new(&rows) }.draw()?)
}

struct Row<'a> {
    label: &'a str,
    pictures: &'a Pictures,
    captions: Vec<String>,
}

impl<'a> Row<'a> {
    fn new(label: &'a str, pictures: &'a Pictures) -> Self {
        Self { label, pictures, captions: Vec::new() }
    }

    fn with(self, captions: Vec<String>) -> Self {
        Self { captions, ..self }
    }
}

/// Draws `rows`, which hold equally many images; titles stand over the columns of a single block only.
fn draw(rows: &[Row<'_>], titles: &[String], title: Option<&str>) -> Result<Figure, Error> {
    draw_within(rows, titles, title, 2 * COLUMNS)
}

/// As [`draw`], in blocks where there are more than `widest` images.
fn draw_within(
    rows: &[Row<'_>],
    titles: &[String],
    title: Option<&str>,
    widest: usize,
) -> Result<Figure, Error> {
    let count = rows.first().map_or(0, |row| row.pictures.count());
    if count <= widest {
        let rows: Vec<ImageRow> = rows
            .iter()
            .map(|Row { label, pictures, captions }| {
                Ok(ImageRow { label, images: pictures.images()?, captions })
            })
            .collect::<Result<_, Error>>()?;
        return Ok(ComparisonRows { column_titles: titles, title, ..ComparisonRows::new(&rows) }.draw()?);
    }
    // The last block is filled up with white, which is not seen.
    let filled: Vec<(&str, Vec<f32>, Vec<String>)> =
        rows.iter().map(|row| (row.label, fill(row.pictures), fill_captions(row, count))).collect();
    let mut blocks = Vec::new();
    for first in (0..count).step_by(COLUMNS) {
        for ((label, pixels, captions), row) in filled.iter().zip(rows) {
            let [_, height, width, channels] = row.pictures.shape;
            let each = height * width * channels;
            let images = &pixels[first * each..(first + COLUMNS) * each];
            let images = Images::new(images, [COLUMNS, height, width, channels])?;
            let captions = captions.get(first..first + COLUMNS).unwrap_or(&[]);
            blocks.push(ImageRow { label, images, captions });
        }
    }
    Ok(ComparisonRows { title, ..ComparisonRows::new(&blocks) }.draw()?)
}

fn fill(pictures: &Pictures) -> Vec<f32> {
    let each = pictures.pixels.len() / pictures.count().max(1);
    let mut pixels = pictures.pixels.clone();
    pixels.resize(pictures.count().next_multiple_of(COLUMNS) * each, 1.0);
    pixels
}

fn fill_captions(row: &Row<'_>, count: usize) -> Vec<String> {
    let mut captions = row.captions.clone();
    if !captions.is_empty() {
        captions.resize(count.next_multiple_of(COLUMNS), String::new());
    }
    captions
}

/// How close `outputs` are to `originals`, in words for each; nothing for images too small to compare.
fn captions(
    originals: &Pictures,
    outputs: &Pictures,
    text: impl Fn(&ImageQuality) -> String,
) -> Result<Vec<String>, Error> {
    if !originals.are_comparable() {
        return Ok(Vec::new());
    }
    let quality = image_quality(&originals.pixels, &outputs.pixels, originals.shape)?;
    Ok(quality.iter().map(text).collect())
}
