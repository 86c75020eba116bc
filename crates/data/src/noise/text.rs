//! Kinds of noise as people write them: `gaussian:0.1,jpeg:30`, and in TOML a number or a table.

use std::fmt;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Fault, Noise};

const EXAMPLE: &str =
    "write gaussian:0.1, poisson:30, salt:0.05, blur:1.5 or jpeg:30, several with commas between";

impl FromStr for Noise {
    type Err = String;

    /// The kinds in `text`, each at most once, their numbers checked.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut noise = Self::default();
        for part in text.split(',') {
            let (kind, amount) = part.split_once([':', '=']).unwrap_or(("gaussian", part));
            let (kind, amount) = (kind.trim(), amount.trim());
            let refused = |what: &str| format!("`{}`: {what}; {EXAMPLE}", part.trim());
            let number: f32 = amount.parse().map_err(|_| refused("no number"))?;
            let former = match kind {
                "blur" => noise.blur.replace(number),
                "poisson" => noise.poisson.replace(number),
                "gaussian" => noise.gaussian.replace(number),
                "salt" => noise.salt.replace(number),
                "jpeg" => {
                    let quality = amount.parse().map_err(|_| refused("no whole number from 1 to 100"))?;
                    noise.jpeg.replace(quality).map(f32::from)
                }
                _ => return Err(refused("no kind of noise")),
            };
            if former.is_some() {
                return Err(refused("given twice"));
            }
        }
        match noise.fault() {
            Some(Fault { kind, value, allowed }) => Err(format!("{kind}:{value}: {allowed}")),
            None => Ok(noise),
        }
    }
}

impl fmt::Display for Noise {
    /// As it is parsed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { blur, poisson, gaussian, salt, jpeg } = *self;
        let kinds = [
            ("blur", blur),
            ("poisson", poisson),
            ("gaussian", gaussian),
            ("salt", salt),
            ("jpeg", jpeg.map(f32::from)),
        ];
        let given = kinds.iter().filter_map(|(kind, amount)| Some(format!("{kind}:{}", (*amount)?)));
        f.write_str(&given.collect::<Vec<_>>().join(","))
    }
}

impl Serialize for Noise {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.gaussian {
            Some(deviation) if self.is_gaussian() => serializer.serialize_f32(deviation),
            _ => Self::serialize(self, serializer), // as a table
        }
    }
}

impl<'de> Deserialize<'de> for Noise {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrTable)
    }
}

struct NumberOrTable;

impl<'de> Visitor<'de> for NumberOrTable {
    type Value = Noise;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a standard deviation, or a table such as { gaussian = 0.1, jpeg = 30 }")
    }

    fn visit_f64<E: Error>(self, deviation: f64) -> Result<Noise, E> {
        Ok(Noise::gaussian(deviation as f32))
    }

    fn visit_i64<E: Error>(self, deviation: i64) -> Result<Noise, E> {
        Ok(Noise::gaussian(deviation as f32))
    }

    fn visit_u64<E: Error>(self, deviation: u64) -> Result<Noise, E> {
        Ok(Noise::gaussian(deviation as f32))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Noise, A::Error> {
        Noise::deserialize(MapAccessDeserializer::new(map))
    }
}
