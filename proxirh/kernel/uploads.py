"""Uploads stay in memory, never in clear on disk; past the caps their bytes are dropped and their size tells so."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from proxirh.kernel.files import MEGABYTE, MOST_BYTES

MOST_TOGETHER = 25 * MEGABYTE


class CappedMemoryHandler(FileUploadHandler):
    """Django's own memory handler silently loses every file of a request that is too large; this one loses none.

    A file past 10 MB, or past 25 MB for all together, keeps its name and its true size, and holds fewer bytes.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.kept = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin one file."""
        super().new_file(*args, **kwargs)
        self.file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep the bytes within the caps."""
        if start + len(raw_data) <= MOST_BYTES and self.kept + len(raw_data) <= MOST_TOGETHER:
            self.kept += len(raw_data)
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """The file with what was kept of it."""
        self.file.seek(0)
        return InMemoryUploadedFile(
            self.file, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )
