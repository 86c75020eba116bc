//! The instruction sets and how one is chosen.

use std::fmt;
use std::str::FromStr;

/// An instruction set with a kernel path of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Isa {
    /// Portable Rust, no intrinsics; the only path of `f64`.
    Plain,
    /// 256-bit vectors with fused multiply-add (x86-64-v3).
    Avx2,
    /// 512-bit vectors (AVX-512 F, BW, DQ, VL).
    Avx512,
    /// 128-bit vectors of 64-bit Arm.
    Neon,
}

/// An instruction set was asked for that is unknown or that this machine lacks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IsaError {
    /// The name is none of the known ones.
    #[error("LATENTLAB_ISA = {0}: unknown instruction set; allowed: plain, avx2, avx512, neon")]
    Unknown(String),
    /// The machine cannot run it.
    #[error("LATENTLAB_ISA = {0}: this machine does not have it; available: {1}")]
    Missing(Isa, String),
}

impl Isa {
    /// Every set, narrowest first.
    pub const ALL: [Isa; 4] = [Isa::Plain, Isa::Neon, Isa::Avx2, Isa::Avx512];

    /// The name used by `LATENTLAB_ISA` and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Plain => "plain",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
            Isa::Neon => "neon",
        }
    }

    /// Whether this machine can run it.
    pub fn is_available(self) -> bool {
        match self {
            Isa::Plain => true,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => {
                Isa::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => true,
            #[allow(unreachable_patterns)]
            _ => false,
        }
    }

    /// The sets this machine can run, narrowest first.
    pub fn available() -> Vec<Isa> {
        Self::ALL.into_iter().filter(|isa| isa.is_available()).collect()
    }

    /// The widest set this machine can run.
    pub fn best() -> Isa {
        Self::available().pop().unwrap_or(Isa::Plain)
    }

    /// The set named by the environment variable `LATENTLAB_ISA`, else the widest.
    ///
    /// # Errors
    /// When the variable names an unknown set or one that this machine lacks.
    pub fn from_environment() -> Result<Isa, IsaError> {
        match std::env::var("LATENTLAB_ISA") {
            Ok(name) if !name.is_empty() => name.parse(),
            _ => Ok(Self::best()),
        }
    }
}

impl FromStr for Isa {
    type Err = IsaError;

    fn from_str(name: &str) -> Result<Self, IsaError> {
        let isa = Self::ALL
            .into_iter()
            .find(|isa| isa.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| IsaError::Unknown(name.to_owned()))?;
        if isa.is_available() {
            return Ok(isa);
        }
        let names: Vec<_> = Self::available().into_iter().map(Isa::name).collect();
        Err(IsaError::Missing(isa, names.join(", ")))
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
