//! Photos to attach: drawn as they are needed, or a folder of real ones.

use crate::{Doing, Trouble};
use std::path::{Path, PathBuf};
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_evidence::{EvidenceError, Folder, Orientation, keep, process};

const HELD: [Orientation; 4] =
    [Orientation::Upright, Orientation::Clockwise, Orientation::Rotated180, Orientation::CounterClockwise];
const LABELS: [[u8; 3]; 3] = [[40, 110, 190], [30, 140, 90], [190, 60, 50]];

/// As many different files of a folder as are looked at; a demo attaches fewer.
const MOST: usize = 24;

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

    /// Goes round the JPEG files of a folder, at most the first 24 that can be shown. Files before those that
    /// cannot be are told with the reason; a folder without any that can is trouble.
    pub fn of_folder(folder: &Path, mut passed_over: impl FnMut(&Path, &str)) -> Result<Self, Trouble> {
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
        let mut shown = Vec::new();
        for file in real {
            match verdict(&file)? {
                None => shown.push(file),
                Some(why) => passed_over(&file, &why),
            }
            if shown.len() == MOST {
                break;
            }
        }
        if shown.is_empty() {
            return Err(Trouble::new(doing(), "there are none that can be shown"));
        }
        Ok(Self { folder: folder.to_owned(), real: shown, taken: 0, width: 0 })
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

/// Why a file cannot be shown, by the same steps a phone takes, in a folder of their own; none when it can.
fn verdict(file: &Path) -> Result<Option<String>, Trouble> {
    let scratch = tempfile::tempdir().doing("make a folder")?;
    let folder = Folder::open(scratch.path()).doing("make a folder")?;
    match keep(&folder, file).and_then(|original| process(&folder, &original)) {
        Ok(_) => Ok(None),
        Err(error @ (EvidenceError::Storage { .. } | EvidenceError::DiskFull { .. })) => {
            Err(error).doing(format!("look at {}", file.display()))
        }
        Err(error) => Ok(Some(error.to_string().replace('\n', " "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_cannot_be_shown_are_named_and_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let good = Camera::drawing(folder.path(), 320).unwrap().take().unwrap();
        let whole = std::fs::read(&good).unwrap();
        std::fs::write(folder.path().join("A_cut.jpg"), &whole[..whole.len() / 2]).unwrap();
        std::fs::write(folder.path().join("B_words.jpeg"), "no picture").unwrap();
        let mut told = Vec::new();
        let mut camera = Camera::of_folder(folder.path(), |file, why| {
            told.push((file.file_name().unwrap().to_owned(), why.to_owned()));
        })
        .unwrap();
        assert_eq!([camera.take().unwrap(), camera.take().unwrap()], [good.clone(), good.clone()]);
        let names: Vec<_> = told.iter().map(|(name, _)| name.to_str().unwrap()).collect();
        assert_eq!(names, ["A_cut.jpg", "B_words.jpeg"]);
        assert!(told.iter().all(|(_, why)| why.contains(": ")), "{told:?}");

        std::fs::remove_file(good).unwrap();
        let none = Camera::of_folder(folder.path(), |_, _| {}).err().unwrap().to_string();
        assert!(none.contains(folder.path().to_str().unwrap()) && none.contains("can be shown"), "{none}");
    }
}
