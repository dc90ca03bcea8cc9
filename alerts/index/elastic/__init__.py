"""The index in Elasticsearch 9: for more than one host, more than one reader, and Kibana."""

from alerts.index.elastic.config import ElasticConfig
from alerts.index.elastic.index import ElasticIndex
from alerts.index.elastic.write import ElasticWriter

__all__ = ["ElasticConfig", "ElasticIndex", "ElasticWriter"]
