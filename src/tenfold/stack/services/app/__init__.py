"""The application servers: gunicorn, granian or uvicorn, several instances behind the edge."""
