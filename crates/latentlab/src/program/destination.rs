//! Where a verb's pictures go: into the run's figures folder, or where the user says.

use std::path::{Path, PathBuf};

use crate::data::Dataset;
use crate::lab::arrays::{Npz, RowTable, TableFormat, Values};
use crate::lab::figure_files::{SCALE, write_in_run};
use crate::lab::figures::rows::MOST;
use crate::lab::numbers::grouped;
use crate::lab::pictures::Pictures;
use crate::report::Figure;
use crate::run::{RunDir, atomic_write};

use crate::program::failure::Failure;
use crate::program::settings::Settings;

/// `--out` and `--force` of a verb that makes images.
#[derive(Debug, clap::Args)]
pub struct PictureArguments {
    /// Where to write: FILE.png or FILE.svg for one picture, FILE.npz for the pixels as array `x`, a folder (one
    /// that is there, or a name without extension or with / at its end) for one PNG per image [default: the run's
    /// figures folder]
    #[arg(short, long, value_name = "PATH")]
    pub out: Option<PathBuf>,

    /// Overwrite what is there
    #[arg(long)]
    pub force: bool,
}

/// A checked place for images.
#[derive(Debug, PartialEq, Eq)]
pub enum Destination {
    /// `figures/NAME.png` and `.svg` in a run, where figures are replaced freely.
    Run(RunDir, String),
    /// One picture, as PNG and SVG.
    Both { png: PathBuf, svg: PathBuf },
    /// One picture as PNG; the image itself where that is all there is to show.
    Png(PathBuf, Kind),
    /// One picture as SVG.
    Svg(PathBuf),
    /// The pixels as an array.
    Array(PathBuf),
    /// One PNG per image.
    Folder(PathBuf),
}

/// What kind of figure is to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Images beside what they are compared with: one file, as the extension says.
    Images,
    /// Images alone: one file, as the extension says; a PNG of a single one is that image, pixel by pixel.
    Alone,
    /// With axes: PNG and SVG, both.
    Axes,
}

impl Destination {
    /// Checks the arguments before any work is done. `name` is the figure's name in the run.
    pub fn new(
        arguments: &PictureArguments,
        run: &RunDir,
        name: impl Into<String>,
        kind: Kind,
    ) -> Result<Self, Failure> {
        let Some(out) = &arguments.out else { return Ok(Self::Run(run.clone(), name.into())) };
        let place = match (extension(out).as_deref(), kind) {
            _ if is_folder(out) => Self::Folder(out.clone()),
            (Some("png" | "svg"), Kind::Axes) => {
                Self::Both { png: out.with_extension("png"), svg: out.with_extension("svg") }
            }
            (Some("png"), kind) => Self::Png(out.clone(), kind),
            (Some("svg"), _) => Self::Svg(out.clone()),
            (Some("npz"), _) => Self::Array(out.clone()),
            (None, _) => Self::Folder(out.clone()),
            (Some(_), _) => {
                let (out, allowed) = (out.display(), "must end in .png, .svg or .npz, or be a folder");
                let failure = Failure::mistake(format!("--out {out}: {allowed}"));
                return Err(failure.hint(format!("with / at its end it is a folder: --out {out}/")));
            }
        };
        match &place {
            Self::Folder(folder) => check_folder(folder, arguments.force)?,
            Self::Both { png, svg } => {
                [png, svg].into_iter().try_for_each(|file| check_file(file, arguments.force))?;
            }
            Self::Png(file, _) | Self::Svg(file) | Self::Array(file) => check_file(file, arguments.force)?,
            Self::Run(..) => {}
        }
        Ok(place)
    }

    /// As many images of `set` as one comparison shows well, and a note if that is not all; all where each
    /// gets a file or a place in an array.
    pub fn limit(&self, set: Dataset, settings: &Settings) -> Dataset {
        if set.len() <= MOST || matches!(self, Self::Array(_) | Self::Folder(_)) {
            return set;
        }
        let all = grouped(set.len());
        settings.lab.note(format_args!(
            "drawing the first {MOST} of {all} images; --out with a folder or an .npz file takes all"
        ));
        set.first(MOST)
    }

    /// Writes `figure`, or `pictures` one by one under `names` (distinct, without `.png`), and returns what was written.
    pub fn write(
        &self,
        figure: impl FnOnce() -> Result<Figure, crate::lab::Error>,
        pictures: &Pictures,
        names: impl Fn(usize) -> String,
    ) -> Result<Vec<PathBuf>, Failure> {
        match self {
            Self::Run(run, name) => Ok(write_in_run(run, name, &figure()?)?),
            Self::Both { png, svg } => {
                let figure = figure()?;
                atomic_write(png, &figure.png(SCALE)?)?;
                atomic_write(svg, figure.svg().as_bytes())?;
                Ok(vec![png.clone(), svg.clone()])
            }
            Self::Png(file, kind) => {
                let images = pictures.images()?;
                let single = images.picture(0).filter(|_| *kind == Kind::Alone && images.count() == 1);
                let png = match single {
                    Some(picture) => picture.png()?,
                    None => figure()?.png(SCALE)?,
                };
                atomic_write(file, &png)?;
                Ok(vec![file.clone()])
            }
            Self::Svg(file) => {
                atomic_write(file, figure()?.svg().as_bytes())?;
                Ok(vec![file.clone()])
            }
            Self::Array(file) => {
                let mut npz = Npz::default();
                npz.add("x", &pictures.shape, &Values::Floats(pictures.pixels.clone()))?;
                npz.write(file)?;
                Ok(vec![file.clone()])
            }
            Self::Folder(folder) => write_folder(folder, pictures, names),
        }
    }
}

/// A checked file for a table, `--out` and `--force` of a verb that writes one.
pub struct TableFile<'a> {
    file: &'a Path,
    /// As the file's extension says.
    pub format: TableFormat,
}

impl<'a> TableFile<'a> {
    /// Checks the file before any work is done.
    pub fn new(out: &'a Path, force: bool) -> Result<Self, Failure> {
        let format = TableFormat::of(out)?;
        check_file(out, force)?;
        Ok(Self { file: out, format })
    }

    /// Writes it, and returns where.
    pub fn write(&self, table: &RowTable) -> Result<PathBuf, Failure> {
        table.write(self.file, self.format)?;
        Ok(self.file.to_path_buf())
    }
}

/// Refuses a file for a figure that is neither PNG nor SVG (`allowed` says what is), or that [`check_file`] refuses.
pub fn check_figure(file: &Path, allowed: &str, force: bool) -> Result<(), Failure> {
    if !matches!(extension(file).as_deref(), Some("png" | "svg")) {
        return Err(Failure::mistake(format!("{}: must end in {allowed}", file.display())));
    }
    check_file(file, force)
}

fn extension(file: &Path) -> Option<String> {
    file.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase())
}

/// Refuses a file that is there already, or whose folder is not.
pub fn check_file(file: &Path, force: bool) -> Result<(), Failure> {
    if file.is_dir() {
        return Err(Failure::mistake(format!("{}: is a folder, not a file", file.display())));
    }
    if file.exists() && !force {
        let failure = Failure::mistake(format!("{}: is there already", file.display()));
        return Err(failure.hint("name another file, or add --force to overwrite it"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let failure = Failure::mistake(format!("{}: there is no such folder", folder.display()));
        return Err(failure.hint(format_args!("make it first: mkdir -p {}", folder.display())));
    }
    Ok(())
}

pub fn check_folder(folder: &Path, force: bool) -> Result<(), Failure> {
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::mistake(format!("{}: is a file, not a folder", folder.display())));
    }
    let holds_something = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if holds_something && !force {
        let failure = Failure::mistake(format!("{}: the folder is not empty", folder.display()));
        return Err(failure.hint("name another folder, or add --force to overwrite files of the same names"));
    }
    Ok(())
}

/// Whether `out` is a folder, there or by its name, whatever dots that has.
pub fn is_folder(out: &Path) -> bool {
    out.is_dir() || out.as_os_str().as_encoded_bytes().last().is_some_and(|last| b"/\\".contains(last))
}

fn write_folder(
    folder: &Path,
    pictures: &Pictures,
    names: impl Fn(usize) -> String,
) -> Result<Vec<PathBuf>, Failure> {
    let images = pictures.images()?;
    for index in 0..images.count() {
        if let Some(picture) = images.picture(index) {
            write_in_folder(folder, &format!("{}.png", names(index)), &picture.png()?)?;
        }
    }
    Ok(vec![folder.to_path_buf()])
}

/// Writes a file into `folder`; its name may lie in a sub-folder, as images of classes do.
pub fn write_in_folder(folder: &Path, name: &str, file: &[u8]) -> Result<(), Failure> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).map_err(|error| {
        Failure::fault(format!("{}: cannot create the folder: {error}", parent.display()))
    })?;
    Ok(atomic_write(&path, file)?)
}
