"""The auditor's pages: the record, and whether it is whole. Changes nothing."""
