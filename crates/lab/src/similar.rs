//! The pictures of a set that are most like one: those whose codes are nearest.

use std::path::{Path, PathBuf};

use analysis::{Table, nearest};
use data::{Dataset, LabelSource, TableOptions};
use train::ImageSource;

use crate::arrays::{RowTable, TableFormat, Values};
use crate::data_place::DataPlace;
use crate::error::Error;
use crate::figure_files::{figure_name, write_in_run};
use crate::figures::rows::{self, UnevenRow};
use crate::lab::Lab;
use crate::numbers::value;
use crate::point_set::PointSet;
use crate::row_names::{RowNames, ending};
use crate::runs::one_image::Finder;
use crate::runs::{Run, SplitRequest};
use crate::split::Split;

/// How far two codes are apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Distance {
    /// Length of the straight line between them
    #[default]
    Euclidean,
    /// 1 − cosine of the angle between them, whatever their lengths
    Cosine,
}

/// Which pictures are looked for, and where.
#[derive(Clone, Debug, Default)]
pub struct SimilarRequest {
    /// Each a position in the test split, the name of a file of the run's data, an image file, or a folder of them.
    pub queries: Vec<String>,
    /// How many are found for each; at least 1.
    pub neighbours: usize,
    /// What is near.
    pub distance: Distance,
    /// Where they are looked for: a part of the run's data, or of other data; all of them where nothing is said.
    pub among: SplitRequest,
    /// Codes that `embed` wrote, in place of the codes of the images of `among`.
    pub index: Option<PathBuf>,
}

/// A picture that is like another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// Its row among those that were looked at.
    pub row: usize,
    /// Distance of the codes, at least 0.
    pub distance: f64,
}

/// The pictures most like each of some.
pub struct SimilarImages {
    /// What each query is called.
    pub queries: Vec<String>,
    /// For each query, the nearest first; never the query itself.
    pub matches: Vec<Vec<Match>>,
    /// What tells apart the rows that were looked at.
    pub names: RowNames,
    /// Figures in the run; none of tables, nor where the pictures are not at hand.
    pub figures: Vec<PathBuf>,
}

impl SimilarImages {
    /// What a row that was looked at is called: its file, or its position, `#12`.
    pub fn name(&self, row: usize) -> String {
        match &self.names.files {
            Some(files) => files[row].clone(),
            None => format!("#{}", self.names.index[row]),
        }
    }

    /// The class of a row that was looked at, where it is known.
    pub fn class(&self, row: usize) -> Option<&str> {
        let label = self.names.labels.as_ref()?[row];
        self.names.classes.get(label as usize).map(String::as_str)
    }

    /// A row for each match: query, rank from 1, what tells the picture apart, distance.
    pub fn table(&self) -> RowTable {
        let all = || {
            std::iter::zip(&self.queries, &self.matches).flat_map(|(query, matches)| {
                (1i64..).zip(matches).map(move |(rank, found)| (query, rank, found))
            })
        };
        let rows: Vec<u32> = all().map(|(_, _, found)| found.row as u32).collect();
        let names = self.names.subset(&rows);
        let mut table = RowTable::new(rows.len());
        table.add("query", Values::Text(all().map(|(query, _, _)| query.clone()).collect()));
        table.add("rank", Values::Whole(all().map(|(_, rank, _)| rank).collect()));
        names.add_places(&mut table);
        table.add("distance", Values::Doubles(all().map(|(_, _, found)| found.distance).collect()));
        names.add_classes(&mut table);
        table
    }
}

/// A picture, or row, whose like is looked for.
struct Query {
    name: String,
    /// It alone.
    set: Dataset,
    /// Whether it is of the run's own data, where its position says which it is.
    is_own: bool,
    /// Its code.
    code: Vec<f32>,
}

/// Where is looked.
struct Gallery {
    points: PointSet,
    pictures: GalleryPictures,
}

/// Where the pictures behind the codes are.
enum GalleryPictures {
    /// In memory, in the order of the codes.
    Open(Dataset),
    /// In files of this folder, by their names.
    Files(PathBuf),
    /// Nowhere that one knows of.
    Unknown,
}

/// Finds the pictures whose codes are nearest to those of the queries, and draws them into the run.
///
/// ```no_run
/// use lab::similar::{SimilarRequest, find};
///
/// let lab = lab::Lab::default();
/// let mut run = lab::Run::open("runs/photos-vae-1", None, &lab)?;
/// let queries = vec!["photos/cat.jpg".into()];
/// let found = find(&mut run, &SimilarRequest { queries, neighbours: 5, ..SimilarRequest::default() }, &lab)?;
/// println!("the nearest: {}", found.name(found.matches[0][0].row));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If a query, the images or the codes cannot be read, or there are fewer images than are to be found.
pub fn find(run: &mut Run, request: &SimilarRequest, lab: &Lab) -> Result<SimilarImages, Error> {
    // A position is one in the test split, as of every verb that takes one, wherever is looked.
    let of_test = SplitRequest { split: None, data: None, ..request.among.clone() };
    let is_own = request.among.is_own(run);
    let opened = match &request.index {
        None if is_own => Some(of_test.open(run, lab)?),
        _ => None,
    };
    let finder = match &opened {
        Some(splits) => Finder::among(splits.clone(), &of_test, lab),
        None => Finder::new(&of_test, lab),
    };
    let queries = queries(run, request, finder, lab)?;
    let gallery = match (&request.index, opened) {
        (Some(index), _) => of_index(run, index, request)?,
        (None, Some(splits)) => match request.among.split {
            None | Some(Split::All) => encoded(run, &splits.all()?, lab),
            Some(part) => encoded(run, part.of(&splits), lab),
        },
        (None, None) => {
            let splits = request.among.open(run, lab)?;
            encoded(run, request.among.part(run).of(&splits), lab)
        }
    };
    let matches = search(&queries, &gallery, request, is_own)?;
    let drawn = draw(run, &queries, &gallery, &matches, request, lab);
    let figures = lab.keep_or_warn(drawn)?;
    let queries = queries.into_iter().map(|query| query.name).collect();
    Ok(SimilarImages { queries, matches, names: gallery.points.names, figures })
}

fn queries(
    run: &mut Run,
    request: &SimilarRequest,
    mut finder: Finder<'_>,
    lab: &Lab,
) -> Result<Vec<Query>, Error> {
    let mut queries = Vec::new();
    for text in &request.queries {
        let path = Path::new(text);
        if path.is_dir() {
            let (set, names) = run.load_images(path, request.among.reading, lab)?;
            let seen = ImageSource::new(&set, run.own_transform(None)?);
            let codes = run.trained.model.encode_from(&seen, set.len());
            for (i, (name, code)) in names.into_iter().zip(codes.mean.chunks_exact(codes.dims())).enumerate()
            {
                queries.push(Query { name, set: set.subset(&[i])?, is_own: false, code: code.to_vec() });
            }
            continue;
        }
        let found = finder.find(run, "IMAGE", text)?;
        let code = run.trained.model.encode_from(&ImageSource::new(&found.set, found.transform), 1).mean;
        let is_own = text.parse::<usize>().is_ok() || !path.is_file();
        queries.push(Query { name: text.clone(), set: found.set, is_own, code });
    }
    Ok(queries)
}

/// The codes of a set, and its pictures.
fn encoded(run: &mut Run, set: &Dataset, lab: &Lab) -> Gallery {
    let stage = lab.stage("encoding", 1);
    let seen = run.trained.source(set);
    let codes = run.trained.model.encode_from(&seen, set.len());
    stage.step();
    Gallery { points: PointSet::of(&codes, set), pictures: GalleryPictures::Open(set.clone()) }
}

/// The codes that `embed` wrote; their pictures are in files, if in anything.
fn of_index(run: &Run, index: &Path, request: &SimilarRequest) -> Result<Gallery, Error> {
    let how =
        format!("latentlab embed {} --split all --out codes.npz writes codes", run.dir.path().display());
    if TableFormat::by_extension(index) != Some(TableFormat::Npz) {
        let refusal = Error::refused(format!("--index {}: must be an .npz file", index.display()));
        return Err(refusal.hint(how));
    }
    let options = TableOptions { label: LabelSource::Usual, array: Some("mean".into()) };
    let points = PointSet::load(index, &options, &Lab::default())?; // a file of our own: nothing to note
    let dims = run.trained.model.code_shape().len();
    if points.columns != dims {
        let (index, found, run) = (index.display(), points.columns, run.dir.path().display());
        let refusal = Error::refused(format!(
            "--index {index}: its codes have {found} numbers, and those of {run} {dims}"
        ));
        return Err(refusal.hint(how));
    }
    let of_run = DataPlace::of_run(&run.dir, &run.trained.recipe.data, &request.among.dirs).spec.path;
    let folder = request.among.data.as_ref().map(PathBuf::from).or(of_run).filter(|path| path.is_dir());
    let pictures = match folder {
        Some(folder) if points.names.files.is_some() => GalleryPictures::Files(folder),
        _ => GalleryPictures::Unknown,
    };
    Ok(Gallery { points, pictures })
}

fn search(
    queries: &[Query],
    gallery: &Gallery,
    request: &SimilarRequest,
    is_own: bool,
) -> Result<Vec<Vec<Match>>, Error> {
    let PointSet { values, columns, names } = &gallery.points;
    let is_cosine = request.distance == Distance::Cosine;
    let prepared = |codes: Vec<f32>| if is_cosine { of_length_1(codes, *columns) } else { codes };
    let points = prepared(values.clone());
    let wanted = prepared(queries.iter().flat_map(|query| query.code.iter().copied()).collect());
    // One more, for the query itself may be among them.
    let count = (request.neighbours + 1).min(names.index.len());
    let found = nearest(Table::new(&wanted, *columns)?, Table::new(&points, *columns)?, count)?;
    let is_all = matches!(request.among.split, None | Some(Split::All));
    let matches = queries.iter().enumerate().map(|(i, query)| {
        let rows: Vec<usize> = found.indices(i).iter().map(|row| *row as usize).collect();
        let itself = if is_own && query.is_own { gallery.place_of(query, &rows, is_all) } else { None };
        rows.iter()
            .zip(found.distances(i))
            .filter(|(row, _)| Some(**row) != itself)
            .map(|(row, distance)| {
                let distance = f64::from(*distance);
                Match { row: *row, distance: if is_cosine { distance * distance / 2.0 } else { distance } }
            })
            .take(request.neighbours)
            .collect()
    });
    Ok(matches.collect())
}

impl Gallery {
    /// Which of `rows`, of all of the run's data or a part, is the query and not one that is like it.
    fn place_of(&self, query: &Query, rows: &[usize], is_all: bool) -> Option<usize> {
        let names = &self.points.names;
        let is_same_file = |row: usize| match (query.set.file_name(0), &names.files) {
            (Some(file), Some(files)) => files[row] == file,
            _ => true,
        };
        let is_same_place = |row: usize| names.index[row] == query.set.position(0) as u64;
        rows.iter().copied().find(|row| match &self.pictures {
            GalleryPictures::Open(set) if set.shares_pixels_with(&query.set) => is_same_place(*row),
            GalleryPictures::Open(_) if !is_all => false,
            // Sets of several files were joined, and have other positions then.
            GalleryPictures::Open(set) => is_same_file(*row) && pixels(set, *row) == pixels(&query.set, 0),
            _ => is_same_file(*row) && is_same_place(*row),
        })
    }
}

fn pixels(set: &Dataset, i: usize) -> Vec<f32> {
    let mut image = vec![0.0; set.shape().values()];
    set.image(i, &mut image);
    image
}

/// The codes divided by their lengths; a code of zeros stays.
fn of_length_1(mut codes: Vec<f32>, dims: usize) -> Vec<f32> {
    for code in codes.chunks_exact_mut(dims) {
        let length = code.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        if length > 0.0 {
            code.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
        }
    }
    codes
}

/// Queries that are drawn.
const DRAWN: usize = 20;
/// Matches of each that are drawn.
const WIDEST: usize = 12;

/// A row for each query: the picture, then those that are like it.
fn draw(
    run: &Run,
    queries: &[Query],
    gallery: &Gallery,
    matches: &[Vec<Match>],
    request: &SimilarRequest,
    lab: &Lab,
) -> Result<Vec<PathBuf>, Error> {
    if run.columns().is_some() || matches!(gallery.pictures, GalleryPictures::Unknown) {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    for (query, matches) in queries.iter().zip(matches).take(DRAWN) {
        let mut row = UnevenRow::of(&query.set, &[0], String::new(), vec![ending(&query.name)]);
        for found in matches.iter().take(WIDEST) {
            let caption = vec![value(found.distance)];
            let next = match &gallery.pictures {
                GalleryPictures::Open(set) => UnevenRow::of(set, &[found.row], String::new(), caption),
                GalleryPictures::Files(folder) => {
                    let file =
                        folder.join(&gallery.points.names.files.as_deref().unwrap_or_default()[found.row]);
                    let read = run.load_images_of(&file, run.unpadded_shape(), request.among.reading, lab);
                    let Ok(set) = read else {
                        lab.note(format_args!("no figure: {} is not there to be drawn", file.display()));
                        return Ok(Vec::new());
                    };
                    UnevenRow::of(&set.padded(run.trained.recipe.data.pad), &[0], String::new(), caption)
                }
                GalleryPictures::Unknown => continue,
            };
            row = next.after(row);
        }
        rows.push(row);
    }
    let longest = matches.iter().map(Vec::len).max().unwrap_or(0).min(WIDEST);
    let titles: Vec<String> =
        std::iter::once("query".to_owned()).chain((1..=longest).map(|rank| rank.to_string())).collect();
    let what = match request.distance {
        Distance::Euclidean => "distance of the codes",
        Distance::Cosine => "1 − cosine of the codes",
    };
    let figure = rows::uneven(&rows, &titles, Some(&format!("Most alike, by {what}")))?;
    write_in_run(&run.dir, &figure_name("similar", request.among.is_own(run)), &figure)
}
