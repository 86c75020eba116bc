//! TensorBoard's event files: records of a length, its masked CRC-32C, a protocol buffer and the CRC of that
//! (`tensorflow/core/lib/io/record_writer.cc`). The messages are the few fields of `event.proto` and
//! `summary.proto` that are written here.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use crate::error::Error;
use crate::tensorboard::io;

#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

/// One tagged value.
#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
    #[prost(message, optional, tag = "4")]
    image: Option<Image>,
}

#[derive(Clone, PartialEq, Message)]
struct Image {
    #[prost(int32, tag = "1")]
    height: i32,
    #[prost(int32, tag = "2")]
    width: i32,
    /// 1 grey, 3 RGB, 4 RGBA.
    #[prost(int32, tag = "3")]
    colorspace: i32,
    #[prost(bytes = "vec", tag = "4")]
    encoded_image_string: Vec<u8>,
}

impl Value {
    /// A number.
    pub fn scalar(tag: String, value: f32) -> Self {
        Self { tag, simple_value: Some(value), image: None }
    }

    /// A PNG of (width, height) pixels.
    pub fn png(tag: String, (width, height): (i32, i32), file: Vec<u8>) -> Self {
        let image = Image { height, width, colorspace: 4, encoded_image_string: file };
        Self { tag, simple_value: None, image: Some(image) }
    }
}

/// A file that events are added to.
pub struct EventFile(File);

impl EventFile {
    /// A new file in `folder`, which is made, beside those of earlier sessions: TensorBoard reads all.
    pub fn create(folder: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(|error| io(folder, error))?;
        // Any name that holds "tfevents", read in the order of names.
        let names = (1..).map(|n| folder.join(format!("events.out.tfevents.{n:06}.latentlab")));
        let path = names.into_iter().find(|path| !path.exists()).unwrap_or_default();
        let mut file = Self(File::create(&path).map_err(|error| io(&path, error))?);
        let version = Event { file_version: Some("brain.Event:2".into()), ..file.event(0) };
        file.write(&version).map_err(|error| io(&path, error))?;
        Ok(file)
    }

    /// Adds `values` at `step`.
    pub fn push(&mut self, step: i64, value: Vec<Value>) -> std::io::Result<()> {
        let event = Event { summary: Some(Summary { value }), ..self.event(step) };
        self.write(&event)
    }

    fn event(&self, step: i64) -> Event {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
        Event { wall_time: now, step, file_version: None, summary: None }
    }

    fn write(&mut self, event: &Event) -> std::io::Result<()> {
        self.0.write_all(&record(&event.encode_to_vec()))?;
        self.0.flush()
    }
}

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let parts: [&[u8]; 4] = [&length, &masked(&length), data, &masked(data)];
    parts.concat()
}

/// The CRC, turned and shifted so that the CRC of data that hold CRCs stays a good one.
fn masked(data: &[u8]) -> [u8; 4] {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_as_tensorflow_writes_them() {
        // From TensorFlow's own writer, of the event with file_version "brain.Event:2" and wall_time 1.
        let event = Event { wall_time: 1.0, file_version: Some("brain.Event:2".into()), ..Event::default() };
        let bytes = record(&event.encode_to_vec());
        assert_eq!(bytes[..8], 24_u64.to_le_bytes());
        assert_eq!(&bytes[12..21], [9, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        assert_eq!(&bytes[21..36], b"\x1a\x0dbrain.Event:2");
        // The masked CRC of the length 24 that starts every TensorFlow event file.
        assert_eq!(bytes[8..12], [0xa3, 0x7f, 0x4b, 0x22]);
    }
}
