//! Parquet files whose rows hold images, as Hugging Face keeps them: a column `image` of {bytes, path}, or one of bytes.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use ::parquet::basic::{ConvertedType, Type as PhysicalType};
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::{Field, Row};
use ::parquet::schema::types::{Type, TypePtr};
use serde_json::Value;

use super::parquet::{damaged, number, open};
use super::roles::{LABELS, some};
use crate::array::ArrayNames;
use crate::classes::name_of_number;
use crate::error::DataError;
use crate::picture::members::PictureMembers;
use crate::picture::source::{Member, MemberBytes, Picture};
use crate::pixels::{FileRange, MemoryBudget};

/// Columns that usually hold the images, the first that is there.
const IMAGES: [&str; 6] = ["image", "img", "images", "picture", "photo", "pixels"];

/// Whether the rows of a file hold images.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn holds_pictures(path: &Path, array: Option<&str>) -> Result<bool, DataError> {
    let reader = open(path)?;
    Ok(!image_columns(path, &reader, array)?.is_empty())
}

/// Reads the images of a file. Their bytes are copied to a file of our own, from which each is read when it is needed.
///
/// # Errors
/// If the file cannot be read, or has no column of images.
pub(crate) fn read_pictures(
    path: &Path,
    arrays: ArrayNames<'_>,
    budget: &MemoryBudget,
) -> Result<PictureMembers, DataError> {
    let refuse = |problem: String| DataError::Table { file: path.to_path_buf(), problem };
    let reader = open(path)?;
    let schema = schema(&reader);
    let mut notes = Vec::new();
    let candidates = image_columns(path, &reader, arrays.array)?;
    let usual = IMAGES.iter().find_map(|name| candidates.iter().find(|field| is(field, name)));
    let Some(image) = usual.or(candidates.first()) else {
        let names: Vec<String> = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
        let wanted = arrays.array.map_or_else(String::new, |name| format!(" {name}"));
        return Err(refuse(format!(
            "has no column{wanted} of images, which are bytes of PNG, JPEG and other files; its columns are {}",
            some(&names)
        )));
    };
    if candidates.len() > 1 {
        let others = candidates.iter().filter(|field| field.name() != image.name());
        let others: Vec<String> = others.map(|field| field.name().to_owned()).collect();
        let (name, others) = (image.name(), some(&others));
        notes.push(format!("column {name} holds the images; others that could: {others} (data.array)"));
    }
    let features = features(&reader);
    let label = label_column(path, &schema, &features, arrays.label)?;
    let class_names = label.as_ref().and_then(|label| class_names(&features, label.name()));
    let fields: Vec<TypePtr> = [Some(image.clone()), label.clone()].into_iter().flatten().collect();
    let projection = Type::group_type_builder("schema").with_fields(fields).build().map_err(damaged(path))?;

    let file = Arc::new(budget.file()?);
    let writing = || DataError::io(&budget.folder, "write images to a file in");
    let (mut pictures, mut cells, mut offset) = (Vec::new(), Vec::new(), 0);
    let mut is_label = true;
    for (row, fields) in reader.get_row_iter(Some(projection)).map_err(damaged(path))?.enumerate() {
        let fields = fields.map_err(damaged(path))?;
        let cell = |wanted: &Type| {
            fields.get_column_iter().find(|(name, _)| *name == wanted.name()).map(|(_, field)| field)
        };
        let (bytes, name) = picture_in(cell(image));
        (&*file).write_all(bytes).map_err(writing())?;
        let bytes = FileRange { file: Arc::clone(&file), offset, length: bytes.len() };
        offset += bytes.length as u64;
        let named = name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
        let member =
            Member { place: format!("row {}{named}", row + 1), name, bytes: MemberBytes::Copied(bytes) };
        pictures.push(Picture { file: path.to_path_buf(), member: Some(member) });
        if let Some(label) = &label {
            let label = class_in(cell(label), class_names.as_deref());
            is_label &= label.is_ok();
            cells.push(label.unwrap_or_default());
        }
    }
    if pictures.is_empty() {
        return Err(refuse("holds no rows".into()));
    }
    if let Some(label) = label.as_ref().filter(|_| !is_label) {
        let problem = format!("column {} holds no classes, which are whole numbers or text", label.name());
        if arrays.label.is_some() {
            return Err(refuse(problem));
        }
        notes.push(format!("{problem}: it is left out"));
    }
    let labels = (label.is_some() && is_label).then_some(cells);
    Ok(PictureMembers { pictures, labels, names: class_names, are_texts: false, notes })
}

fn schema(reader: &SerializedFileReader<std::fs::File>) -> Type {
    reader.metadata().file_metadata().schema_descr().root_schema().clone()
}

fn is(field: &TypePtr, name: &str) -> bool {
    field.name().eq_ignore_ascii_case(name)
}

/// The columns that hold images: the one that is named; else those of {bytes, path}, and those of bytes that begin as
/// an image does.
fn image_columns(
    path: &Path,
    reader: &SerializedFileReader<std::fs::File>,
    array: Option<&str>,
) -> Result<Vec<TypePtr>, DataError> {
    let schema = schema(reader);
    let able = schema.get_fields().iter().filter(|field| match array {
        Some(array) => field.name() == array && (is_bytes(field) || is_file(field)),
        None => is_bytes(field) || is_file(field),
    });
    let mut columns = Vec::new();
    for field in able {
        if array.is_some() || is_file(field) || begins_with_image(path, reader, field)? {
            columns.push(field.clone());
        }
    }
    Ok(columns)
}

fn is_bytes(field: &TypePtr) -> bool {
    field.is_primitive()
        && field.get_physical_type() == PhysicalType::BYTE_ARRAY
        && field.get_basic_info().converted_type() == ConvertedType::NONE
}

/// Whether a column has the parts that Hugging Face's images have.
fn is_file(field: &TypePtr) -> bool {
    field.is_group() && field.get_fields().iter().any(|part| part.name() == "bytes" && is_bytes(part))
}

/// Rows in which an image is looked for; those before it may have none.
const LOOKED_AT: usize = 64;

fn begins_with_image(
    path: &Path,
    reader: &SerializedFileReader<std::fs::File>,
    field: &TypePtr,
) -> Result<bool, DataError> {
    let projection =
        Type::group_type_builder("schema").with_fields(vec![field.clone()]).build().map_err(damaged(path))?;
    for row in reader.get_row_iter(Some(projection)).map_err(damaged(path))?.take(LOOKED_AT) {
        let row = row.map_err(damaged(path))?;
        if let Some((_, Field::Bytes(bytes))) = row.get_column_iter().next() {
            return Ok(image::guess_format(bytes.data()).is_ok_and(|format| format.reading_enabled()));
        }
    }
    Ok(false)
}

/// The bytes in a cell, none where there are none, and the name that stands beside them.
fn picture_in(cell: Option<&Field>) -> (&[u8], Option<String>) {
    let part = |row: &'_ Row, wanted: &str| row.get_column_iter().position(|(name, _)| name == wanted);
    match cell {
        Some(Field::Bytes(bytes)) => (bytes.data(), None),
        Some(Field::Group(row)) => {
            let field = |wanted: &str| part(row, wanted).and_then(|at| row.get_column_iter().nth(at));
            let bytes = match field("bytes") {
                Some((_, Field::Bytes(bytes))) => bytes.data(),
                _ => &[],
            };
            let name = match field("path") {
                Some((_, Field::Str(name))) if !name.is_empty() => Some(name.clone()),
                _ => None,
            };
            (bytes, name)
        }
        _ => (&[], None),
    }
}

/// What Hugging Face's metadata say of the columns.
fn features(reader: &SerializedFileReader<std::fs::File>) -> Value {
    let pairs = reader.metadata().file_metadata().key_value_metadata();
    let text = pairs.and_then(|pairs| pairs.iter().find(|pair| pair.key == "huggingface")?.value.as_deref());
    let parsed: Option<Value> = text.and_then(|text| serde_json::from_str(text).ok());
    parsed.map_or(Value::Null, |mut value| value["info"]["features"].take())
}

/// The names of the classes that the metadata give the numbers of a column.
fn class_names(features: &Value, column: &str) -> Option<Vec<String>> {
    let names = features.get(column)?.get("names")?.as_array()?;
    let names: Vec<String> =
        names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    let mut distinct = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    (distinct.len() == names.len() && !names.is_empty()).then_some(names)
}

/// The column of labels: the one that is named, one of a usual name, or the first that the metadata call so.
fn label_column(
    path: &Path,
    schema: &Type,
    features: &Value,
    label: Option<&str>,
) -> Result<Option<TypePtr>, DataError> {
    let fields = schema.get_fields();
    let named = |name: &str| fields.iter().find(|field| is(field, name) && field.is_primitive()).cloned();
    match label {
        Some("none") => Ok(None),
        Some(label) => named(label).map(Some).ok_or_else(|| {
            let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
            let problem = format!("has no column {label:?} of labels; its columns are {}", some(&names));
            DataError::Table { file: path.to_path_buf(), problem }
        }),
        None => {
            let is_class = |field: &&TypePtr| class_names(features, field.name()).is_some();
            let usual = LABELS.iter().find_map(|name| named(name));
            Ok(usual.or_else(|| fields.iter().find(is_class).cloned()))
        }
    }
}

/// The label in a cell: its name, or none where it is not known.
///
/// # Errors
/// If it is no class.
fn class_in(cell: Option<&Field>, names: Option<&[String]>) -> Result<Option<String>, ()> {
    let Some(cell) = cell else { return Ok(None) };
    match (number(cell), cell, names) {
        (_, Field::Null, _) => Ok(None),
        (_, Field::Str(text), _) => Ok((!text.is_empty()).then(|| text.clone())),
        // Hugging Face's number of labels that are not known.
        (Some(-1.0), _, Some(_)) => Ok(None),
        (Some(value), _, Some(names)) if value.fract() == 0.0 => {
            Ok(Some(names.get(value as usize).cloned().unwrap_or_else(|| value.to_string())))
        }
        (Some(value), _, None) if value.fract() == 0.0 => Ok(name_of_number(value)),
        _ => Err(()),
    }
}
