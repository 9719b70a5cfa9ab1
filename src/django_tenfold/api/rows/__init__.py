"""A compiled shape and a queryset made into bytes: as rows that are written here, or by one SQL statement."""
