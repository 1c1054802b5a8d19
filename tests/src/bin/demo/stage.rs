//! Where the demo plays, and who plays in it.

use crate::tell::tell;
use std::net::SocketAddr;
use std::path::Path;
use tempfile::TempDir;
use wurao_protocol::DocumentId;
use wurao_tests::camera::Camera;
use wurao_tests::county::County;
use wurao_tests::world::{FieldPhone, World};
use wurao_tests::{Doing, Trouble};

/// Width of the photos drawn.
const WIDTH: u32 = 1600;

/// The world and what is at hand in it.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) camera: Camera,
    pub(crate) today: jiff::civil::Date,
    _temporary: Option<TempDir>,
}

impl Stage {
    pub(crate) fn set(data: Option<&Path>, photos: Option<&Path>, listen: SocketAddr) -> Result<Self, Trouble> {
        let temporary = match data {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("wurao-demo-").tempdir().doing("make a folder")?),
        };
        let folder = temporary.as_ref().map(TempDir::path).or(data).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).doing(format!("make {}", folder.display()))?;
        if std::fs::read_dir(folder).doing("look into the folder")?.next().is_some() {
            return Err(Trouble::new(format!("use {}", folder.display()), "it is not empty"));
        }
        let camera = match photos {
            Some(photos) => Camera::of_folder(photos, |file, why| {
                tell!("Passed over: {} cannot be shown ({why})", file.display());
            })?,
            None => Camera::drawing(&folder.join("camera"), WIDTH)?,
        };
        let program = std::env::current_exe().doing("find this program")?;
        let world = World::in_folder(program, County::demo()?, folder, listen)?;
        let today = world.county.today();
        Ok(Self { world, camera, today, _temporary: temporary })
    }

    /// The inspection of a village on this phone.
    pub(crate) fn document(&self, phone: &FieldPhone, village: &str) -> Result<DocumentId, Trouble> {
        let work = phone.phone.work().doing("list work")?;
        let item = work.iter().find(|item| item.site.en == village);
        item.map(|item| item.document).ok_or_else(|| Trouble::new("list work", format!("no {village}")))
    }

    /// Starts the inspection of a village on this phone.
    pub(crate) fn start(&self, phone: &FieldPhone, village: &str) -> Result<DocumentId, Trouble> {
        let work = phone.phone.work().doing("list work")?;
        let item = work.iter().find(|item| item.site.en == village);
        phone.start(item.ok_or_else(|| Trouble::new("list work", format!("no {village}")))?.permit)
    }

    /// Takes photos to a question.
    pub(crate) fn shoot(
        &mut self,
        phone: &FieldPhone,
        document: DocumentId,
        questions: &[&str],
    ) -> Result<(), Trouble> {
        for question in questions {
            let file = self.camera.take()?;
            let photo = phone.phone.attach_photo(document, question, "-", &file);
            photo.doing(format!("attach {} to {question}", file.display()))?;
        }
        Ok(())
    }
}

/// The three inspectors' phones.
pub(crate) struct Cast {
    /// 陈立新's.
    pub(crate) chen: FieldPhone,
    /// 吴晓梅's.
    pub(crate) wu: FieldPhone,
    /// 刘建国's.
    pub(crate) liu: FieldPhone,
}

impl Cast {
    /// All of them with the name of who has them.
    pub(crate) fn all(&self) -> [(&'static str, &FieldPhone); 3] {
        [("陈立新", &self.chen), ("吴晓梅", &self.wu), ("刘建国", &self.liu)]
    }
}
