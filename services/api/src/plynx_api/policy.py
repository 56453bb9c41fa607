"""Who may use which route: one table by operation id, deny by default; a test fails for a route without a row."""

from __future__ import annotations

from typing import Final

PUBLIC: Final = "public"
"""No principal is needed."""
SIGNED_IN: Final = "signed in"
"""Any principal, whatever its role."""


ROUTE_POLICY: dict[str, str] = {
    "create_run": "run.create",
    "list_runs": "run.read",
    "get_run": "run.read",
    "get_run_graph": "run.read",
    "cancel_run": "run.cancel",
    "rerun_run": "run.create",
    "rerun_run_node": "run.create",
    "clone_run": "graph.create",
    "get_run_timeline": "run.read",
    "compare_runs": "run.read",
    "explain_run_node": "run.read",
    "list_node_attempts": "run.read",
    "list_node_outputs": "run.read",
    "follow_run_events": "run.read",
    "list_run_nodes": "run.read",
    "get_run_node": "run.read",
    "get_node_log": "log.read",
    "list_artifacts": "artifact.read",
    "get_artifact": "artifact.read",
    "download_artifact": "artifact.read",
    "start_file_upload": "artifact.create",
    "create_file": "artifact.create",
    "list_files": "operation.read",
    "list_operations": "operation.read",
    "create_operation": "operation.create",
    "validate_operation": "operation.validate",
    "preview_operation": "operation.preview",
    "get_operation": "operation.read",
    "get_operation_version": "operation.read",
    "list_operation_versions": "operation.read",
    "save_operation": "operation.update",
    "delete_operation": "operation.delete",
    "clone_operation": "operation.create",
    "approve_operation": "operation.approve",
    "deprecate_operation": "operation.deprecate",
    "retire_operation": "operation.retire",
    "list_graphs": "graph.read",
    "create_graph": "graph.create",
    "validate_graph": "graph.validate",
    "get_graph": "graph.read",
    "export_graph": "graph.read",
    "save_graph": "graph.update",
    "delete_graph": "graph.delete",
    "clone_graph": "graph.create",
    "list_workers": "worker.read",
    "list_pools": "pool.read",
    "create_pool_token": "pool.token",
    "get_me": SIGNED_IN,
    "list_tokens": "token.read",
    "create_token": "token.create",
    "revoke_token": "token.revoke",
    "list_audit": "audit.read",
    "get_metrics": SIGNED_IN,
    "read_api_document": SIGNED_IN,
    "get_liveness": PUBLIC,
    "get_readiness": PUBLIC,
    "show_home": PUBLIC,
    "show_sign_in": PUBLIC,
    "sign_in": PUBLIC,
    "sign_out": PUBLIC,
}
"""Operation id → action of `plynx_common.domain.access.POLICY`, or one of the words above."""
