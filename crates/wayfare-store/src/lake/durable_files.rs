//! Files of the lake on the local disk, brought to it before a write is answered.
//!
//! The catalog's commit is durable, so what it refers to must be there already when power is lost: the library's own
//! local store leaves files to the system's cache.

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use std::fs::File;
use std::sync::Arc;

/// The local file system; a write is done when its file and the folders above are on the disk.
#[derive(Debug, Clone, Default)]
pub(super) struct DurableFiles(Arc<LocalFileSystem>);

impl std::fmt::Display for DurableFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Folders above a file that may be new with it: table, schema, lake.
const FOLDERS: usize = 3;

async fn sync(files: &LocalFileSystem, location: &Path) -> Result<()> {
    let path = files.path_to_filesystem(location)?;
    let synced = tokio::task::spawn_blocking(move || {
        path.ancestors().take(FOLDERS + 1).try_for_each(|path| File::open(path)?.sync_all())
    });
    let generic = |source| object_store::Error::Generic { store: "LocalFileSystem", source };
    synced.await?.map_err(|error| generic(error.into()))
}

#[async_trait]
impl ObjectStore for DurableFiles {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let put = self.0.put_opts(location, payload, options).await?;
        sync(&self.0, location).await?;
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let upload = self.0.put_multipart_opts(location, options).await?;
        Ok(Box::new(DurableUpload { upload, files: self.0.clone(), location: location.clone() }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.0.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await?;
        sync(&self.0, to).await
    }
}

#[derive(Debug)]
struct DurableUpload {
    upload: Box<dyn MultipartUpload>,
    files: Arc<LocalFileSystem>,
    location: Path,
}

#[async_trait]
impl MultipartUpload for DurableUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.upload.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let put = self.upload.complete().await?;
        sync(&self.files, &self.location).await?;
        Ok(put)
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}
