"""Grants transfers of artifacts, keeps their catalogue and archives logs."""
