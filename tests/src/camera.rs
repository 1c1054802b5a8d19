//! Photos to attach: drawn as they are needed, or a folder of real ones.

use crate::{Doing, Trouble};
use std::path::{Path, PathBuf};
use wurao_evidence::Orientation;
use wurao_evidence::sample::{SampleSpec, camera_jpeg};

const HELD: [Orientation; 4] =
    [Orientation::Upright, Orientation::Clockwise, Orientation::Rotated180, Orientation::CounterClockwise];
const LABELS: [[u8; 3]; 3] = [[40, 110, 190], [30, 140, 90], [190, 60, 50]];

/// Gives one photo file after another.
pub struct Camera {
    folder: PathBuf,
    real: Vec<PathBuf>,
    taken: u32,
    width: u32,
}

impl Camera {
    /// Draws photos of this width into a folder, made when it is not there.
    pub fn drawing(folder: &Path, width: u32) -> Result<Self, Trouble> {
        std::fs::create_dir_all(folder).doing(format!("make {}", folder.display()))?;
        Ok(Self { folder: folder.to_owned(), real: Vec::new(), taken: 0, width })
    }

    /// Goes round the JPEG files of a folder.
    pub fn of_folder(folder: &Path) -> Result<Self, Trouble> {
        let doing = || format!("look for JPEG files in {}", folder.display());
        let mut real = Vec::new();
        for entry in std::fs::read_dir(folder).doing(doing())? {
            let path = entry.doing(doing())?.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
            if matches!(ending.as_deref(), Some("jpg" | "jpeg")) {
                real.push(path);
            }
        }
        real.sort();
        if real.is_empty() {
            return Err(Trouble::new(doing(), "there are none"));
        }
        Ok(Self { folder: folder.to_owned(), real, taken: 0, width: 0 })
    }

    /// The next photo's file.
    pub fn take(&mut self) -> Result<PathBuf, Trouble> {
        let at = self.taken as usize;
        self.taken += 1;
        if !self.real.is_empty() {
            return Ok(self.real[at % self.real.len()].clone());
        }
        let now = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
        let spec = SampleSpec {
            seed: u64::from(self.taken),
            width: self.width,
            height: self.width * 3 / 4,
            taken: now.strftime("%Y:%m:%d %H:%M:%S").to_string(),
            lat_e7: 303_121_234 + i64::from(self.taken) * 870,
            lon_e7: 1_201_557_890 + i64::from(self.taken) * 530,
            orientation: HELD[at % HELD.len()],
            label: LABELS[at % LABELS.len()],
        };
        let path = self.folder.join(format!("IMG_{:04}.jpg", self.taken));
        let jpeg = camera_jpeg(&spec).doing("draw a photo")?;
        std::fs::write(&path, jpeg).doing(format!("write {}", path.display()))?;
        Ok(path)
    }
}
