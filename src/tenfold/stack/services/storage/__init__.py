"""The object storage: S3 on a local folder, by rclone."""
